using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Inference.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Playground;

/// <summary>Streams text from a model.</summary>
public sealed partial class PlaygroundPage(GenerationClient generation, RunsClient runs)
{
    private const int OfferedModels = 50;
    private readonly StringBuilder _text = new();
    private IReadOnlyList<Model>? _models;
    private IReadOnlyList<string> _offered = [];
    private Link _link = Link.Connecting;
    private CallFailure? _failure;
    private CallFailure? _refusal;
    private CancellationTokenSource? _running;
    private StreamGenerateResponse? _last;
    private string _shownPrompt = "";
    private string _prompt = "Once upon a time";
    private string _temperature = "0.8";
    private string _topK = "";
    private string _topP = "0.95";
    private string _maxTokens = "";
    private string _seed = "";
    private string _stop = "";
    private bool _ignoreEnd;
    private int _tokens;

    [SupplyParameterFromQuery(Name = "model")]
    private string? ModelQuery { get; set; }

    private string Model => ModelQuery ?? "";

    private string ModelHelp => _offered.Count == 0
        ? "runs/…, runs/…@step, runs/…@best or path:…; no run has succeeded yet."
        : "runs/…, runs/…@step, runs/…@best or path:…";

    private string Outcome
    {
        get
        {
            if (_running is not null)
                return _tokens == 0 ? "Waiting for the first token…" : $"{Format.Count(_tokens)} tokens so far";
            if (_refusal is { Kind: FailureKind.Cancelled })
                return $"Stopped by you after {Format.Count(_tokens)} tokens";
            if (_last is null)
                return "";
            var reason = _last.FinishReason switch
            {
                FinishReason.Length => "Ended at the number of new tokens",
                FinishReason.Stop => "Ended by itself or at a stop text",
                _ => "Ended",
            };
            var usage = _last.Usage ?? new();
            var words = $"{reason} · {Format.Count(usage.CompletionTokens)} tokens · {Format.Rate(usage.TokensPerSecond)}"
                + $" · first token after {Format.Duration(usage.FirstTokenSeconds)} · seed {_last.Seed}";
            return usage.LoadSeconds > 0 ? $"{words} · loaded in {Format.Duration(usage.LoadSeconds)}" : words;
        }
    }

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
        (_refusal, _last, _tokens) = (null, null, 0);
        _text.Clear();
        if (Request() is not { } request)
            return;
        _shownPrompt = _prompt;
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        _running = source;
        _refusal = await generation.StreamAsync(request, Receive, source.Token);
        _running = null;
        await ReadAsync();
    }

    private void Receive(StreamGenerateResponse part)
    {
        _text.Append(part.Text);
        _tokens += part.TokenIds.Count;
        if (part.Usage is not null)
            _last = part;
        RenderSoon();
    }

    private void Stop() => _running?.Cancel();

    private async Task UnloadAsync(Model model)
    {
        (_, _refusal) = await generation.UnloadAsync(model.Name, CancellationToken.None);
        await ReadAsync();
    }

    private string? Problem(string field) => _refusal?.Fields.FirstOrDefault(f => f.Path == field)?.Message;

    private StreamGenerateRequest? Request()
    {
        var problems = new List<FieldProblem>();
        var sampling = new SamplingParameters { IgnoreEndOfText = _ignoreEnd };
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

        return new() { Model = Model.Trim(), Prompt = _prompt, Sampling = sampling };

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
