using System.Globalization;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Inference.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Playground;

/// <summary>Streams text from a model.</summary>
public sealed partial class PlaygroundPage(GenerationClient generation, RunsClient runs)
{
    private const int OfferedModels = 50;
    private const int ShownLikeliest = 5;
    private const int MaxHistory = 20;
    private readonly List<PlaygroundText> _history = [];
    private List<PlaygroundText> _texts = [new()];
    private IReadOnlyList<Model>? _models;
    private IReadOnlyList<string> _offered = [];
    private Link _link = Link.Connecting;
    private CallFailure? _failure;
    private CallFailure? _refusal;
    private CancellationTokenSource? _running;
    private string _prompt = "Once upon a time";
    private string _temperature = "0.8";
    private string _topK = "";
    private string _topP = "0.95";
    private string _minP = "";
    private string _repetition = "";
    private string _presence = "";
    private string _frequency = "";
    private string _bias = "";
    private string _stopIds = "";
    private string _maxTokens = "";
    private string _seed = "";
    private string _stop = "";
    private bool _ignoreEnd;

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
    protected override void OnInitialized() => _ = ReadWhenUpAsync("inference", ReadAsync, l => _link = l);

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
        if (Sampling() is not { } sampling)
            return;
        string[] models = Second.Trim().Length > 0 ? [Model.Trim(), Second.Trim()] : [Model.Trim()];
        _texts = [.. models.Select(model => new PlaygroundText { Model = model, Prompt = _prompt })];
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        _running = source;
        await Task.WhenAll(_texts.Select(text => GenerateAsync(text, sampling, source.Token)));
        _running = null;
        _refusal = _texts[0].Refusal;
        _history.InsertRange(0, _texts.Where(text => text.Pieces.Count > 0));
        if (_history.Count > MaxHistory)
            _history.RemoveRange(MaxHistory, _history.Count - MaxHistory);
        await ReadAsync();
    }

    private async Task GenerateAsync(PlaygroundText text, SamplingParameters sampling, CancellationToken token)
    {
        text.Begin();
        var request = new StreamGenerateRequest { Model = text.Model, Prompt = text.Prompt, Sampling = sampling };
        text.End(await generation.StreamAsync(request, Receive, token));
        RenderSoon();

        void Receive(StreamGenerateResponse part)
        {
            text.Receive(part);
            RenderSoon();
        }
    }

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

    private SamplingParameters? Sampling()
    {
        var problems = new List<FieldProblem>();
        var sampling = new SamplingParameters { IgnoreEndOfText = _ignoreEnd, Logprobs = ShownLikeliest };
        if (Number("min_p", _minP) is { } minP)
            sampling.MinP = minP;
        if (Number("repetition_penalty", _repetition) is { } repetition)
            sampling.RepetitionPenalty = repetition;
        sampling.PresencePenalty = Number("presence_penalty", _presence) ?? 0;
        sampling.FrequencyPenalty = Number("frequency_penalty", _frequency) ?? 0;
        foreach (var pair in _bias.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (pair.Split('=') is [var id, var bias] && int.TryParse(id, CultureInfo.InvariantCulture, out var token)
                && double.TryParse(bias, CultureInfo.InvariantCulture, out var amount))
                sampling.LogitBias[token] = amount;
            else
                problems.Add(new("sampling.logit_bias", $"'{pair}' is not ID=BIAS."));
        }

        foreach (var id in _stopIds.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(id, CultureInfo.InvariantCulture, out var stopId))
                sampling.StopIds.Add(stopId);
            else
                problems.Add(new("sampling.stop_ids", $"'{id}' is no token id."));
        }

        if (Number("temperature", _temperature) is { } temperature)
            sampling.Temperature = temperature;
        if (Number("top_k", _topK) is { } topK)
            sampling.TopK = (int)topK;
        if (Number("top_p", _topP) is { } topP)
            sampling.TopP = topP;
        if (Number("max_tokens", _maxTokens) is { } most)
            sampling.MaxTokens = (int)most;
        if (long.TryParse(_seed.Trim(), CultureInfo.InvariantCulture, out var seed))
            sampling.Seed = seed;
        else if (_seed.Trim().Length > 0)
            problems.Add(new("sampling.seed", "A whole number is wanted."));
        sampling.Stop.AddRange(_stop.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(s => s.Replace("\\n", "\n", StringComparison.Ordinal)));
        if (problems.Count > 0)
        {
            _refusal = new(FailureKind.Invalid, "", "", problems);
            return null;
        }

        return sampling;

        double? Number(string name, string text)
        {
            if (text.Trim().Length == 0)
                return null;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out var value))
                return value;
            problems.Add(new("sampling." + name, "A number is wanted."));
            return null;
        }
    }
}
