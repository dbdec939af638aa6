using System.Globalization;
using Platform.Contracts.Inference.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Playground;

/// <summary>What stands in the knobs' fields, and what a service is told of it.</summary>
internal sealed class PlaygroundKnobs
{
    private const int ShownLikeliest = 5;
    private const string IgnoreEndKey = "ignore_end";
    private readonly Dictionary<string, string> _texts = PlaygroundKnob.All.ToDictionary(k => k.Key, k => k.Default);
    private readonly List<FieldProblem> _problems = [];

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
        _problems.Clear();
        var sampling = new SamplingParameters
        {
            IgnoreEndOfText = IgnoreEnd,
            Logprobs = ShownLikeliest,
            PresencePenalty = Number("presence_penalty") ?? 0,
            FrequencyPenalty = Number("frequency_penalty") ?? 0,
        };
        if (Number("temperature") is { } temperature)
            sampling.Temperature = temperature;
        if (Whole("top_k") is { } topK)
            sampling.TopK = (int)topK;
        if (Number("top_p") is { } topP)
            sampling.TopP = topP;
        if (Number("min_p") is { } minP)
            sampling.MinP = minP;
        if (Number("repetition_penalty") is { } repetition)
            sampling.RepetitionPenalty = repetition;
        if (Whole("max_tokens") is { } most)
            sampling.MaxTokens = (int)most;
        if (Whole("seed") is { } seed)
            sampling.Seed = seed;
        AddBias(sampling);
        AddStops(sampling);
        problems = [.. _problems];
        return problems.Count == 0 ? sampling : null;
    }

    private void AddBias(SamplingParameters sampling)
    {
        var pairs = _texts["logit_bias"].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var pair in pairs)
        {
            if (pair.Split('=') is [var id, var bias] && int.TryParse(id, CultureInfo.InvariantCulture, out var token)
                && double.TryParse(bias, CultureInfo.InvariantCulture, out var amount))
                sampling.LogitBias[token] = amount;
            else
                Refuse("logit_bias", $"'{pair}' is not ID=BIAS.");
        }
    }

    private void AddStops(SamplingParameters sampling)
    {
        sampling.Stop.AddRange(_texts["stop"].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(s => s.Replace("\\n", "\n", StringComparison.Ordinal)));
        foreach (var id in _texts["stop_ids"].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(id, CultureInfo.InvariantCulture, out var stopId))
                sampling.StopIds.Add(stopId);
            else
                Refuse("stop_ids", $"'{id}' is no token id.");
        }
    }

    private double? Number(string key)
    {
        if (_texts[key].Trim().Length == 0)
            return null;
        if (double.TryParse(_texts[key], CultureInfo.InvariantCulture, out var value))
            return value;
        Refuse(key, "A number is wanted.");
        return null;
    }

    private long? Whole(string key)
    {
        if (_texts[key].Trim().Length == 0)
            return null;
        if (long.TryParse(_texts[key], CultureInfo.InvariantCulture, out var value)
            && (key == "seed" || value is >= 0 and <= int.MaxValue))
            return value;
        Refuse(key, "A whole number is wanted.");
        return null;
    }

    private void Refuse(string key, string message) => _problems.Add(new("sampling." + key, message));
}
