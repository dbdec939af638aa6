using Google.Rpc;
using Grpc.Core;

namespace Platform.Inference.Service.Tests;

/// <summary>The bound on what models in memory take together, and which of them go.</summary>
public class ModelMemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LoadModel_OneAfterAnother_NeverTakesMoreThanTheLimit()
    {
        using var app = new InferenceApp(("Inference:MemoryLimitBytes", $"{await BytesOfOneAsync() * 5 / 2}"));
        string[] runs = ["a", "b", "c", "d", "e"];
        foreach (var (i, run) in runs.Index())
        {
            app.AddModel(run);
            await app.Client.LoadModelAsync(new() { Name = "runs/" + run }, cancellationToken: Token);

            var listed = await app.Client.ListModelsAsync(new(), cancellationToken: Token);

            // The two that were used last.
            Assert.Equal(
                runs.Take(i + 1).Reverse().Take(2).Select(name => "runs/" + name),
                listed.Models.Select(model => model.Name));
            Assert.InRange(listed.Models.Sum(model => model.MemoryBytes), 1, listed.MemoryLimitBytes);
        }
    }

    [Fact]
    public async Task LoadModel_BaseUsedLongestAgo_GoesWithItsAdapters()
    {
        using var app = new InferenceApp(("Inference:MemoryLimitBytes", $"{await BytesOfOneAsync() * 5 / 2}"));
        var baseFolder = app.AddModel("base");
        app.AddModel("b");
        app.AddModel("c");
        using var model = TinyModels.Create(app.Tokenizer);
        using var adapter = TinyModels.CreateAdapter(model);
        TinyModels.WriteAdapter(app.DataRoot, "tuned", 5, adapter, app.Tokenizer, baseFolder, "runs/base@10");
        await app.Client.LoadModelAsync(new() { Name = "runs/tuned" }, cancellationToken: Token);
        await app.Client.LoadModelAsync(new() { Name = "runs/b" }, cancellationToken: Token);
        // The adapter's use is its base's.
        await app.Client.GenerateAsync(
            new() { Model = "runs/tuned", Prompt = "The", Sampling = new() { MaxTokens = 2 } },
            cancellationToken: Token);

        await app.Client.LoadModelAsync(new() { Name = "runs/c" }, cancellationToken: Token);
        Assert.Equal(["runs/base@10", "runs/c", "runs/tuned"], await NamesAsync(app));
        await app.Client.LoadModelAsync(new() { Name = "runs/b" }, cancellationToken: Token);

        Assert.Equal(["runs/b", "runs/c"], await NamesAsync(app));
    }

    [Fact]
    public async Task LoadModel_LargerThanTheLimit_IsRefusedAndTheOthersStay()
    {
        using var app = new InferenceApp(("Inference:MemoryLimitBytes", $"{await BytesOfOneAsync() * 5 / 2}"));
        app.AddModel("a");
        app.AddModel("large", blockSize: 4096);
        await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);

        var error = await InferenceApp.ThrowsAsync(
            StatusCode.ResourceExhausted,
            () => app.Client.LoadModelAsync(new() { Name = "runs/large" }, cancellationToken: Token).ResponseAsync);

        Assert.Equal("MODEL_TOO_LARGE", InferenceApp.Details<ErrorInfo>(error).Reason);
        Assert.Equal(["runs/a"], await NamesAsync(app));
    }

    private static async Task<IEnumerable<string>> NamesAsync(InferenceApp app) =>
        (await app.Client.ListModelsAsync(new(), cancellationToken: Token)).Models
            .Select(model => model.Name).Order(StringComparer.Ordinal);

    private static async Task<long> BytesOfOneAsync()
    {
        using var app = new InferenceApp();
        app.AddModel("a");
        return (await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token)).Model.MemoryBytes;
    }
}
