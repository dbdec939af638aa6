using System.Globalization;
using Platform.Contracts.Inference.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Playground;

/// <summary>What stands in the knobs' fields, and what a service is told of it.</summary>
internal sealed class PlaygroundKnobs
{
    private const int ShownLikeliest = 5;
    private const string IgnoreEndKey = "ignore_end";
    private readonly Dictionary<string, string> _texts = PlaygroundKnob.All.ToDictionary(k => k.Key, k => k.Default);

    /// <summary>What stands in a field.</summary>
    /// <param name="key">The knob's key.</param>
    public string this[string key]
    {
        get => _texts[key];
        set => _texts[key] = value;
    }

    /// <summary>Whether to go on after the end of text.</summary>
    public bool IgnoreEnd { get; set; }

    /// <summary>What a URL says of them; null: as at first.</summary>
    public IEnumerable<(string Key, object? Value)> Query => PlaygroundKnob.All
        .Select(knob => (knob.Key, (object?)(_texts[knob.Key] == knob.Default ? null : _texts[knob.Key])))
        .Append((IgnoreEndKey, IgnoreEnd ? true : null));

    /// <summary>Takes what a URL says.</summary>
    /// <param name="valueOf">The value of a key; null where there is none.</param>
    public void Read(Func<string, string?> valueOf)
    {
        foreach (var knob in PlaygroundKnob.All)
            _texts[knob.Key] = valueOf(knob.Key) ?? knob.Default;
        IgnoreEnd = valueOf(IgnoreEndKey) is not null;
    }

    /// <summary>What a service is told; null where a field holds what it cannot.</summary>
    /// <param name="problems">What is wrong.</param>
    public SamplingParameters? ToSampling(out IReadOnlyList<FieldProblem> problems)
    {
        var reader = new FieldReader();
        var sampling = new SamplingParameters
        {
            IgnoreEndOfText = IgnoreEnd,
            Logprobs = ShownLikeliest,
            PresencePenalty = reader.Number("sampling.presence_penalty", _texts["presence_penalty"]) ?? 0,
            FrequencyPenalty = reader.Number("sampling.frequency_penalty", _texts["frequency_penalty"]) ?? 0,
        };
        if (reader.Number("sampling.temperature", _texts["temperature"]) is { } temperature)
            sampling.Temperature = temperature;
        if (reader.Small("sampling.top_k", _texts["top_k"]) is { } topK)
            sampling.TopK = topK;
        if (reader.Number("sampling.top_p", _texts["top_p"]) is { } topP)
            sampling.TopP = topP;
        if (reader.Number("sampling.min_p", _texts["min_p"]) is { } minP)
            sampling.MinP = minP;
        if (reader.Number("sampling.repetition_penalty", _texts["repetition_penalty"]) is { } repetition)
            sampling.RepetitionPenalty = repetition;
        if (reader.Small("sampling.max_tokens", _texts["max_tokens"]) is { } most)
            sampling.MaxTokens = most;
        if (reader.Whole("sampling.seed", _texts["seed"]) is { } seed)
            sampling.Seed = seed;
        AddBias(sampling, reader);
        AddStops(sampling, reader);
        problems = reader.Problems;
        return problems.Count == 0 ? sampling : null;
    }

    private void AddBias(SamplingParameters sampling, FieldReader reader)
    {
        var pairs = _texts["logit_bias"].Split(
            '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var pair in pairs)
        {
            if (pair.Split('=') is [var id, var bias] && int.TryParse(id, CultureInfo.InvariantCulture, out var token)
                && double.TryParse(bias, CultureInfo.InvariantCulture, out var amount))
                sampling.LogitBias[token] = amount;
            else
                reader.Refuse("sampling.logit_bias", $"'{pair}' is not ID=BIAS.");
        }
    }

    private void AddStops(SamplingParameters sampling, FieldReader reader)
    {
        sampling.Stop.AddRange(_texts["stop"].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(s => s.Replace("\\n", "\n", StringComparison.Ordinal)));
        foreach (var id in _texts["stop_ids"].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(id, CultureInfo.InvariantCulture, out var stopId))
                sampling.StopIds.Add(stopId);
            else
                reader.Refuse("sampling.stop_ids", $"'{id}' is no token id.");
        }
    }
}
