using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;
using static TorchSharp.torch;

namespace Platform.Trainer.Service.Tests.Export;

/// <summary>Exports by the real service and its process, read back by our loaders and by llama.cpp.</summary>
[Collection(nameof(TorchCollection))]
public sealed class ExportTests(ExportFixture fixture) : IClassFixture<ExportFixture>
{
    private const int Greedy = 32;

    [Fact]
    public async Task HuggingFace_ReadBack_SameLogitsWithoutPaddingAndSameTokenizer()
    {
        var last = await ExportAsync("runs/tiny", ExportFormat.HuggingFace);

        Assert.Equal(
            [
                "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                "tokenizer_config.json",
            ],
            last.Files);
        Assert.Equal(Path.Combine(fixture.DataRoot, "exports", "tiny-120-huggingface"), last.Folder);
        using var model = ModelFolder.Load(last.Folder);
        using var original = ModelFolder.Load(fixture.Checkpoint);
        Assert.Equal(fixture.Tokenizer.VocabularySize, model.Config.PaddedVocabSize);
        Assert.True(original.Config.PaddedVocabSize > fixture.Tokenizer.VocabularySize);
        AssertSameLogits(original, model, tolerance: 0);
        Assert.Equal(
            fixture.Tokenizer.Encode("the cat naïvely"), TokenizerFiles.Load(last.Folder).Encode("the cat naïvely"));
        using var config = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(last.Folder, "config.json"), Suite.Cancel));
        Assert.Equal(fixture.Tokenizer.EndOfText, config.RootElement.GetProperty("eos_token_id").GetInt32());
    }

    [Fact]
    public async Task HuggingFace_PutOnAHub_IsTrainedOnFromWhereTheRunEnded()
    {
        var last = await ExportAsync("runs/tiny", ExportFormat.HuggingFace, "for-hub");
        fixture.Hub.Add("me/tiny", last.Folder, "config.json", "model.safetensors", "tokenizer.json");
        var spec = TinyRun.Spec();
        (spec.BaseModel, spec.Model, spec.MaxSteps) = ("hf:me/tiny", null, 2);

        var created = await fixture.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "from-hub", Spec = spec }, cancellationToken: Suite.Cancel);

        Run? run = null;
        await Eventually.HoldsAsync(
            async () => (run = (await fixture.Runs.GetRunAsync(
                new GetRunRequest { Name = created.Run.Name }, cancellationToken: Suite.Cancel)).Run).State
                is State.Succeeded or State.Failed,
            TimeSpan.FromSeconds(90),
            "the run has ended");
        Assert.Null(run!.Error);
        // The run's context is shorter than the one that the loss was measured with, so it is near, not the same; a new
        // model's is over 5.
        Assert.InRange(run.InitialValidationLoss, 0, fixture.ValidationLoss + 1);
        Assert.Equal("hf:me/tiny", run.Spec.BaseModel);
    }

    [Fact]
    public async Task CreateRun_NotOnTheHub_IsNotFound()
    {
        var spec = TinyRun.Spec();
        (spec.BaseModel, spec.Model) = ("hf:me/never-was", null);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Contains("me/never-was", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HuggingFace_OfAnAdapter_IsTheBaseWithTheAdapterMerged()
    {
        var last = await ExportAsync("runs/adapter@5", ExportFormat.HuggingFace);

        using var model = ModelFolder.Load(last.Folder);
        using var attached = ModelFolder.Load(fixture.Checkpoint);
        using var unchanged = ModelFolder.Load(fixture.Checkpoint);
        using var adapter = PeftAdapter.Load(attached, fixture.Adapter);
        attached.Attach(adapter);
        AssertSameLogits(attached, model, tolerance: 1e-4);
        attached.Detach();
        Assert.True(Difference(unchanged, model) > 0.1, "The adapter has changed nothing; this shows nothing.");
    }

    [Fact]
    public async Task Gguf_ReadBackAndByLlamaCpp_SameLogitsAndGreedyTokens()
    {
        var last = await ExportAsync("runs/tiny", ExportFormat.Gguf, "for-llama");

        var path = Path.Combine(last.Folder, Assert.Single(last.Files));
        using var original = ModelFolder.Load(fixture.Checkpoint);
        using (var model = GgufModel.Load(path))
            AssertSameLogits(original, model, tolerance: 0);
        var modules = Path.Combine(RepositoryRoot.Path, "artifacts", "tools", "llama", "node_modules");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(modules, "@node-llama-cpp", "linux-x64")),
            "The GGUF file reads back; llama.cpp (npm's node-llama-cpp, which ./test installs) is not here.");
        var prompt = fixture.Tokenizer.Encode("the dog lay");
        var options = new SamplingOptions { Temperature = 0 };
        var ours = TextGenerator.Generate(original, prompt, Greedy, options, null, Suite.Cancel).ToList();
        Assert.Equal(string.Join(' ', ours), await LlamaAsync(modules, path, prompt));
    }

    [Fact]
    public async Task Llmc_Header_DeclaresThePaddedVocabulary()
    {
        var last = await ExportAsync("path:" + fixture.Checkpoint, ExportFormat.Llmc, "for-llmc");

        var bytes = await File.ReadAllBytesAsync(Path.Combine(last.Folder, "model.bin"), Suite.Cancel);
        var header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, 1024))[..8].ToArray();
        Assert.Equal([20240326, 3, 64, fixture.Tokenizer.VocabularySize, 2, 2, 32, 384], header);
    }

    [Fact]
    public async Task Export_SameIdTwice_IsRefusedAndNothingIsLeftOver()
    {
        await ExportAsync("runs/tiny", ExportFormat.Llmc, "twice");

        var error = await Assert.ThrowsAsync<RpcException>(
            () => ExportAsync("runs/tiny", ExportFormat.Llmc, "twice"));

        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(fixture.DataRoot, "exports"), ".*"));
    }

    [Fact]
    public async Task Export_WrongRequest_NamesEveryField()
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            () => ExportAsync("runs/never-was", ExportFormat.Unspecified, "No Id"));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            ["export_id", "format", "model"],
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(item => item.Field).Order());
    }

    [Fact]
    public async Task Export_DamagedCheckpoint_SaysWhatIsWrongAndLeavesNothing()
    {
        var folder = Path.Combine(fixture.DataRoot, "runs", "damaged");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(fixture.Checkpoint))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        await using (var weights = File.OpenWrite(Path.Combine(folder, "model.safetensors")))
            weights.SetLength(weights.Length / 2);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => ExportAsync("path:" + folder, ExportFormat.Gguf, "damaged"));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("model.safetensors", error.Status.Detail, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(fixture.DataRoot, "exports", "damaged")));
    }

    private async Task<ExportModelResponse> ExportAsync(string model, ExportFormat format, string id = "")
    {
        using var call = fixture.Exports.ExportModel(
            new ExportModelRequest { Model = model, Format = format, ExportId = id }, cancellationToken: Suite.Cancel);
        ExportModelResponse? last = null;
        await foreach (var progress in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            last = progress;
        Assert.Equal(1, last!.Fraction);
        return last;
    }

    private static async Task<string> LlamaAsync(string modules, string model, IReadOnlyList<int> prompt)
    {
        var script = Path.Combine(
            RepositoryRoot.Path, "tests", "Trainer.Service.Tests", "Export", "llamacpp_greedy.mjs");
        var start = new ProcessStartInfo("node", [script, modules, model, $"{Greedy}", .. prompt.Select(id => $"{id}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Suite.Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Suite.Cancel);
        await process.WaitForExitAsync(Suite.Cancel);
        Assert.True(process.ExitCode == 0, await error);
        return output.Trim();
    }

    private void AssertSameLogits(Gpt expected, Gpt actual, double tolerance) =>
        Assert.InRange(Difference(expected, actual), 0, tolerance);

    private double Difference(Gpt expected, Gpt actual)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        expected.eval();
        actual.eval();
        var text = fixture.Tokenizer.Encode("the cat sat. the log");
        var ids = tensor(text.Select(id => (long)id).ToArray()).unsqueeze(0); // (1, T)
        var (one, other) = (expected.Logits(expected.Forward(ids)), actual.Logits(actual.Forward(ids))); // (1, T, V)
        return (one - other).abs().max().item<float>();
    }
}
