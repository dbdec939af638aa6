using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Server.V1;
using Platform.InferenceHost.Models;
using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

public class ModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LoadModel_Run_DescribesItsLatestCheckpoint()
    {
        using var app = new InferenceApp();
        app.AddModel("a", step: 10);
        app.AddModel("a", seed: 8, step: 20);
        Directory.CreateDirectory(Path.Combine(app.DataRoot, "runs", "a", "checkpoints", "step-00000030"));

        var model = (await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token)).Model;

        Assert.Equal(("runs/a", "runs/a@20", ""), (model.Name, model.ResolvedName, model.BaseModel));
        Assert.Equal((64, app.Tokenizer.VocabularySize), (model.ContextLength, model.VocabularySize));
        using var same = TinyModels.Create(app.Tokenizer);
        Assert.Equal(same.Config.ParameterCount(padded: false), model.ParameterCount);
        Assert.True(model.MemoryBytes > model.ParameterCount * 4);
        Assert.NotEmpty(model.Device);
    }

    [Fact]
    public async Task Generate_NewCheckpoint_IsTakenByTheNextCall()
    {
        using var app = new InferenceApp();
        app.AddModel("a", seed: 1, step: 10);
        var request = Request("runs/a");
        var first = await app.Client.GenerateAsync(request, cancellationToken: Token);
        app.AddModel("a", seed: 2, step: 20);

        var second = await app.Client.GenerateAsync(request, cancellationToken: Token);
        var pinned = await app.Client.GenerateAsync(Request("runs/a@10"), cancellationToken: Token);

        Assert.NotEqual(first.TokenIds, second.TokenIds);
        Assert.Equal(first.TokenIds, pinned.TokenIds);
        Assert.True(first.Usage.LoadSeconds > 0);
        Assert.Equal(0, pinned.Usage.LoadSeconds);
    }

    [Fact]
    public async Task Generate_Best_IsTheLowestValidationLoss()
    {
        using var app = new InferenceApp();
        foreach (var (step, loss) in new[] { (10L, 3.0), (20L, 2.0), (30L, 2.5) })
        {
            using var model = TinyModels.Create(app.Tokenizer, seed: step);
            TinyModels.WriteCheckpoint(app.DataRoot, "a", step, model, app.Tokenizer, loss);
        }

        var loaded = await app.Client.LoadModelAsync(new() { Name = "runs/a@best" }, cancellationToken: Token);

        Assert.Equal("runs/a@20", loaded.Model.ResolvedName);
    }

    [Fact]
    public async Task Generate_AdapterRun_IsBaseAndAdapter()
    {
        using var app = new InferenceApp();
        var baseFolder = app.AddModel("base");
        using var model = TinyModels.Create(app.Tokenizer);
        using var adapter = TinyModels.CreateAdapter(model);
        TinyModels.WriteAdapter(app.DataRoot, "tuned", 5, adapter, app.Tokenizer, baseFolder, "runs/base@10");

        var tuned = await app.Client.GenerateAsync(Request("runs/tuned"), cancellationToken: Token);
        var plain = await app.Client.GenerateAsync(Request("runs/base"), cancellationToken: Token);

        model.Attach(adapter);
        var prompt = app.Tokenizer.Encode("The boy");
        var options = new SamplingOptions { Temperature = 0 };
        Assert.Equal(TextGenerator.Generate(model, prompt, 12, options, cancellationToken: Token), tuned.TokenIds);
        Assert.NotEqual(plain.TokenIds, tuned.TokenIds);
        var listed = (await app.Client.ListModelsAsync(new(), cancellationToken: Token)).Models;
        Assert.Equal(["runs/base", "runs/tuned"], listed.Select(entry => entry.Name));
        Assert.Equal("runs/base@10", listed[1].BaseModel);
    }

    // Bug guarded: the model that the engine let go of last was first in the list, not the one that was used last.
    [Fact]
    public async Task List_LetGoLate_IsByTheLastUse()
    {
        using var app = new InferenceApp();
        app.AddModel("a");
        app.AddModel("b");
        var registry = app.Services.GetRequiredService<ModelRegistry>();
        using var first = await registry.AcquireAsync(new ModelRequest("runs/a"), Token);
        first.EndUse();
        using (var second = await registry.AcquireAsync(new ModelRequest("runs/b"), Token))
            second.EndUse();

        first.Dispose();

        Assert.Equal(["runs/b", "runs/a"], registry.List().Select(model => model.Reference));
    }

    /// <summary>A service that ended while it freed a model did so twice, and its end failed.</summary>
    [Fact]
    public async Task Dispose_RightAfterUnload_FreesTheModelOnce()
    {
        for (var round = 0; round < 10; round++)
        {
            using var app = new InferenceApp();
            app.AddModel("a");
            await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);
            await app.Client.UnloadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);
        }
    }

    [Fact]
    public async Task UnloadModel_Loaded_FreesIt()
    {
        using var app = new InferenceApp();
        app.AddModel("a");
        await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);

        await app.Client.UnloadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);

        Assert.Empty((await app.Client.ListModelsAsync(new(), cancellationToken: Token)).Models);
        await InferenceApp.ThrowsAsync(
            StatusCode.NotFound,
            () => app.Client.UnloadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token).ResponseAsync);
    }

    [Fact]
    public async Task LoadModel_BeyondTheLimit_EvictsTheLeastRecentlyUsed()
    {
        long bytes;
        using (var first = new InferenceApp())
        {
            first.AddModel("a");
            bytes = (await first.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token))
                .Model.MemoryBytes;
        }

        using var app = new InferenceApp(("Inference:MemoryLimitBytes", $"{(bytes * 5) / 2}"));
        foreach (var run in (string[])["a", "b", "c"])
            app.AddModel(run);
        await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);
        await app.Client.LoadModelAsync(new() { Name = "runs/b" }, cancellationToken: Token);
        await app.Client.GenerateAsync(Request("runs/a"), cancellationToken: Token);

        await app.Client.LoadModelAsync(new() { Name = "runs/c" }, cancellationToken: Token);

        var listed = await app.Client.ListModelsAsync(new(), cancellationToken: Token);
        Assert.Equal(["runs/c", "runs/a"], listed.Models.Select(model => model.Name));
        Assert.Equal(bytes * 5 / 2, listed.MemoryLimitBytes);
    }

    [Fact]
    public async Task LoadModel_NoRoomBesideModelsInUse_IsRefusedAndTheyGoOn()
    {
        const int context = 16384;
        long bytes;
        using (var first = new InferenceApp(("Inference:MaxConcurrent", "1")))
        {
            first.AddModel("a", blockSize: context);
            bytes = (await first.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token))
                .Model.MemoryBytes;
        }

        using var app = new InferenceApp(
            ("Inference:MaxConcurrent", "1"), ("Inference:MemoryLimitBytes", $"{(bytes * 3) / 2}"));
        app.AddModel("a", blockSize: context);
        app.AddModel("b", blockSize: context);
        using var stop = new CancellationTokenSource();
        var request = new StreamGenerateRequest
        {
            Model = "runs/a",
            Prompt = "The",
            Sampling = new() { MaxTokens = context - 100, IgnoreEndOfText = true },
        };
        using var stream = app.Client.StreamGenerate(request, cancellationToken: stop.Token);
        Assert.True(await stream.ResponseStream.MoveNext(Token));

        var error = await InferenceApp.ThrowsAsync(
            StatusCode.ResourceExhausted,
            () => app.Client.LoadModelAsync(new() { Name = "runs/b" }, cancellationToken: Token).ResponseAsync);

        Assert.Equal("MODELS_IN_USE", InferenceApp.Details<ErrorInfo>(error).Reason);
        Assert.True(await stream.ResponseStream.MoveNext(Token));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task LoadModel_DamagedCheckpoint_IsDataLossAndTheOthersStay()
    {
        using var app = new InferenceApp();
        app.AddModel("good");
        var folder = app.AddModel("bad");
        var weights = Path.Combine(folder, "model.safetensors");
        var content = File.ReadAllBytes(weights);
        content[^1] ^= 1;
        File.WriteAllBytes(weights, content);
        await app.Client.LoadModelAsync(new() { Name = "runs/good" }, cancellationToken: Token);

        var error = await InferenceApp.ThrowsAsync(
            StatusCode.DataLoss,
            () => app.Client.LoadModelAsync(new() { Name = "runs/bad" }, cancellationToken: Token).ResponseAsync);

        Assert.Contains("model.safetensors", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("CHECKPOINT_DAMAGED", InferenceApp.Details<ErrorInfo>(error).Reason);
        await app.Client.GenerateAsync(Request("runs/good"), cancellationToken: Token);
        Assert.Single((await app.Client.ListModelsAsync(new(), cancellationToken: Token)).Models);
    }

    [Theory]
    [InlineData("model.safetensors", "")]
    [InlineData("config.json", "{")]
    [InlineData("tokenizer.json", "{}")]
    public async Task LoadModel_PathWithDamagedFile_IsDataLoss(string file, string content)
    {
        using var app = new InferenceApp();
        var folder = app.AddModel("a");
        File.Delete(Path.Combine(folder, "complete.json"));
        File.WriteAllText(Path.Combine(folder, file), content);

        await InferenceApp.ThrowsAsync(
            StatusCode.DataLoss,
            () => app.Client.LoadModelAsync(new() { Name = "path:" + folder }, cancellationToken: Token).ResponseAsync);
    }

    [Fact]
    public async Task LoadModel_WrongReferences_GetTheirCodes()
    {
        using var app = new InferenceApp();
        app.AddModel("a");
        Directory.CreateDirectory(Path.Combine(app.DataRoot, "runs", "empty"));
        foreach (var (name, code) in new[]
        {
            ("", StatusCode.InvalidArgument),
            ("gpt2", StatusCode.InvalidArgument),
            ("runs/a@x", StatusCode.InvalidArgument),
            ("path:/etc", StatusCode.InvalidArgument),
            ("path:relative", StatusCode.InvalidArgument),
            ("runs/none", StatusCode.NotFound),
            ("runs/a@11", StatusCode.NotFound),
            ("runs/empty", StatusCode.FailedPrecondition),
            ("runs/a@best", StatusCode.FailedPrecondition),
        })
        {
            var error = await InferenceApp.ThrowsAsync(
                code, () => app.Client.LoadModelAsync(new() { Name = name }, cancellationToken: Token).ResponseAsync);
            if (code == StatusCode.InvalidArgument)
                Assert.Equal("name", Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
        }

        var device = await InferenceApp.ThrowsAsync(
            StatusCode.InvalidArgument,
            () => app.Client.LoadModelAsync(new() { Name = "runs/a", Device = "cuda:7" }, cancellationToken: Token)
                .ResponseAsync);
        Assert.Equal("device", Assert.Single(InferenceApp.Details<BadRequest>(device).FieldViolations).Field);
    }

    [Fact]
    public async Task GetServerInfo_Inference_NamesDevicesAndLibtorch()
    {
        using var app = new InferenceApp();

        var info = await new ServerService.ServerServiceClient(app.Channel)
            .GetServerInfoAsync(new(), cancellationToken: Token);

        Assert.Equal("inference", info.Service);
        Assert.Contains(info.Devices, device => device.Name == "cpu");
        Assert.Equal(Libtorch.Version, info.LibtorchVersion);
        Assert.Equal(256, info.Limits.MaxQueued);
    }

    private static GenerateRequest Request(string model) => new()
    {
        Model = model,
        Prompt = "The boy",
        Sampling = new() { Temperature = 0, MaxTokens = 12, IgnoreEndOfText = true },
    };
}
