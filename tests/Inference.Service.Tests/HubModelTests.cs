using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

/// <summary>Models and adapters by their names on the hub.</summary>
public sealed class HubModelTests : IDisposable
{
    private readonly HubFolder _hub = new();
    private readonly InferenceApp _app;

    public HubModelTests()
    {
        _app = new InferenceApp { Hub = _hub.Address };
        _hub.Add("o/tiny", _app.AddModel("a"), "config.json", "model.safetensors", "tokenizer.json");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _app.Dispose();
        _hub.Dispose();
    }

    [Fact]
    public async Task LoadModel_OfTheHub_IsDownloadedOnceAndGeneratesTheSame()
    {
        var model = (await _app.Client.LoadModelAsync(new() { Name = "hf:o/tiny" }, cancellationToken: Token)).Model;
        var asked = _hub.Asked.Count;

        var generated = await GenerateAsync("hf:o/tiny");
        await _app.Client.UnloadModelAsync(new() { Name = "hf:o/tiny" }, cancellationToken: Token);
        var again = await GenerateAsync("hf:o/tiny");

        Assert.Equal(("hf:o/tiny", "hf:o/tiny"), (model.Name, model.ResolvedName));
        Assert.Equal((await GenerateAsync("runs/a")).TokenIds, generated.TokenIds);
        Assert.Equal(generated.TokenIds, again.TokenIds);
        Assert.Equal(asked, _hub.Asked.Count);
        Assert.Contains("/o/tiny/resolve/main/model.safetensors", _hub.Asked);
    }

    [Fact]
    public async Task Generate_AdapterOfTheHub_IsPutOnTheModel()
    {
        using var model = TinyModels.Create(_app.Tokenizer);
        using var adapter = TinyModels.CreateAdapter(model);
        using var folder = new TempFolder();
        PeftAdapter.Save(adapter, folder.Path);
        _hub.Add("o/tuned", folder.Path, "adapter_config.json", "adapter_model.safetensors");

        var tuned = await GenerateAsync("hf:o/tiny", "hf:o/tuned");

        model.Attach(adapter);
        Assert.Equal(
            TextGenerator.Generate(
                model,
                _app.Tokenizer.Encode("The boy"),
                12,
                new SamplingOptions { Temperature = 0 },
                cancellationToken: Token),
            tuned.TokenIds);
        Assert.NotEqual((await GenerateAsync("hf:o/tiny")).TokenIds, tuned.TokenIds);
        var alone = await InferenceApp.ThrowsAsync(StatusCode.InvalidArgument, () => GenerateAsync("hf:o/tuned"));
        Assert.Contains("name that model", alone.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadModel_WhatTheHubDoesNotHave_IsRefusedAndTheOthersStay()
    {
        await _app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);
        _hub.Add("o/weightless", _app.AddModel("b"), "config.json", "tokenizer.json");
        _hub.Add("o/torn", "config.json", "{"u8.ToArray());
        _hub.Add("o/torn", "model.safetensors", [1, 2, 3]);
        foreach (var (name, code) in new[]
        {
            ("hf:o/none", StatusCode.NotFound),
            ("hf:o/weightless", StatusCode.NotFound),
            ("hf:o/torn", StatusCode.DataLoss),
            ("hf:datasets/o/n/x", StatusCode.InvalidArgument),
            ("hf:a b", StatusCode.InvalidArgument),
        })
        {
            var error = await InferenceApp.ThrowsAsync(
                code, () => _app.Client.LoadModelAsync(new() { Name = name }, cancellationToken: Token).ResponseAsync);
            if (code == StatusCode.InvalidArgument)
                Assert.Equal("name", Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
        }

        Assert.Equal(
            "runs/a",
            Assert.Single((await _app.Client.ListModelsAsync(new(), cancellationToken: Token)).Models).Name);
    }

    [Fact]
    public async Task LoadModel_HubOutOfReach_IsUnavailableAndSaysWhereToPutTheFile()
    {
        using var app = new InferenceApp();

        var error = await InferenceApp.ThrowsAsync(
            StatusCode.Unavailable,
            () => app.Client.LoadModelAsync(new() { Name = "hf:o/tiny" }, cancellationToken: Token).ResponseAsync);

        Assert.Contains(
            Path.Combine(app.DataRoot, "hub", "models", "o/tiny", "config.json"),
            error.Status.Detail,
            StringComparison.Ordinal);
    }

    private async Task<GenerateResponse> GenerateAsync(string model, string adapter = "") =>
        await _app.Client.GenerateAsync(
            new()
            {
                Model = model,
                Adapter = adapter,
                Prompt = "The boy",
                Sampling = new() { Temperature = 0, MaxTokens = 12, IgnoreEndOfText = true },
            },
            cancellationToken: Token);
}
