using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Platform.Contracts.Inference.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Layout;

namespace Platform.Dashboard.Playground;

/// <summary>Streams text from a model, or from two side by side.</summary>
public sealed partial class PlaygroundPage(GenerationClient generation, RunsClient runs, Browser browser)
{
    private const int OfferedModels = 50;
    private const int MaxPromptInAddress = 1_000;
    private readonly PlaygroundKnobs _knobs = new();
    private readonly PlaygroundHistory _history = new(browser);
    private List<PlaygroundText> _texts = [new()];
    private IReadOnlyList<Model>? _models;
    private IReadOnlyList<string> _offered = [];
    private Link _link = Link.Connecting;
    private CallFailure? _failure;
    private CallFailure? _refusal;
    private CancellationTokenSource? _running;
    private string _prompt = "Once upon a time";

    [SupplyParameterFromQuery(Name = "model")]
    private string? ModelQuery { get; set; }

    [SupplyParameterFromQuery(Name = "second")]
    private string? SecondQuery { get; set; }

    private string Model => ModelQuery ?? "";

    private string Second => SecondQuery ?? "";

    private bool IsRunning => _running is not null;

    private string ModelHelp => _offered.Count == 0
        ? "runs/…, runs/…@step, runs/…@best or path:…; no run has succeeded yet."
        : "runs/…, runs/…@step, runs/…@best or path:…";

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        var query = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query);
        _knobs.Read(key => query.TryGetValue(key, out var value) ? value.ToString() : null);
        if (query.TryGetValue("prompt", out var prompt))
            _prompt = prompt.ToString();
        _ = ReadWhenUpAsync("inference", ReadAsync, l => _link = l);
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        await _history.ReadAsync();
        RenderSoon();
    }

    /// <inheritdoc/>
    protected override ValueTask CloseAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    private async Task ReadAsync()
    {
        var (models, failure) = await generation.ListModelsAsync(Closed);
        _failure = failure;
        _models = models?.Models ?? _models;
        var (found, _) = await runs.ListAsync("state:succeeded", OfferedModels, Closed);
        _offered =
        [
            .. (_models ?? []).Select(m => m.Name).Concat((found?.Runs ?? []).Select(r => r.Name)).Distinct(),
        ];
        if (ModelQuery is null && _offered.Count > 0)
            SetQuery(("model", _offered[0]));
    }

    private async Task GenerateAsync()
    {
        _refusal = null;
        if (_knobs.ToSampling(out var problems) is not { } sampling)
        {
            _refusal = new(FailureKind.Invalid, "", "", problems);
            return;
        }

        // A link shows what was asked for; a prompt of many lines has no room in an address.
        SetQuery([.. _knobs.Query, ("prompt", _prompt.Length <= MaxPromptInAddress ? _prompt : null)]);
        string[] models = Second.Trim().Length > 0 ? [Model.Trim(), Second.Trim()] : [Model.Trim()];

        // Two are compared from the same seed, also where none was given.
        if (models.Length > 1 && !sampling.HasSeed)
            sampling.Seed = Random.Shared.Next();
        _texts = [.. models.Select(model => new PlaygroundText { Model = model, Prompt = _prompt })];
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        _running = source;
        await Task.WhenAll(_texts.Select(text => GenerateAsync(text, sampling, source.Token)));
        _running = null;
        _refusal = _texts[0].Refusal;
        await _history.AddAsync([.. _texts.Where(text => text.Pieces.Count > 0)]);
        await ReadAsync();
    }

    private async Task GenerateAsync(PlaygroundText text, SamplingParameters sampling, CancellationToken token)
    {
        text.Begin();
        var request = new StreamGenerateRequest { Model = text.Model, Prompt = text.Prompt, Sampling = sampling };
        var refusal = await generation.StreamAsync(request, Receive, token);
        text.End(refusal, Time.GetUtcNow().UtcDateTime);
        RenderSoon();

        void Receive(StreamGenerateResponse part)
        {
            text.Receive(part);
            RenderSoon();
        }
    }

    private PlaygroundText? Other(PlaygroundText text) => _texts.Count > 1 ? _texts.Find(t => t != text) : null;

    private void Recall(PlaygroundText past)
    {
        _prompt = past.Prompt;
        _texts = [past];
    }

    private void Stop() => _running?.Cancel();

    private async Task UnloadAsync(Model model)
    {
        (_, _refusal) = await generation.UnloadAsync(model.Name, CancellationToken.None);
        await ReadAsync();
    }

    private string? Problem(string field) => _refusal?.Fields.FirstOrDefault(f => f.Path == field)?.Message;
}
