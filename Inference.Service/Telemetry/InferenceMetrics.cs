using System.Diagnostics.Metrics;

namespace Platform.InferenceHost.Telemetry;

/// <summary>
/// The service's instruments, each with the model's name: over OpenTelemetry where a collector is named, and at
/// <c>/metrics</c>.
/// </summary>
internal sealed class InferenceMetrics
{
    private readonly Meter _meter;

    public InferenceMetrics(IMeterFactory factory)
    {
        _meter = factory.Create("Platform.Inference");
        FirstToken = Seconds(
            "platform.inference.first_token", "From a call's arrival to its first token.",
            [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);
        NextToken = Seconds(
            "platform.inference.inter_token", "From one token of a generation to its next.",
            [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1]);
        Batch = _meter.CreateHistogram(
            "platform.inference.batch", "{generation}", "Generations that get a token in one pass.", tags: null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] });
        Tokens = _meter.CreateCounter<long>("platform.inference.tokens", "{token}", "Tokens generated.");
        PromptTokens = _meter.CreateCounter<long>("platform.inference.prompt_tokens", "{token}", "Tokens of prompts.");
        CachedPromptTokens = _meter.CreateCounter<long>(
            "platform.inference.cached_prompt_tokens", "{token}", "Tokens of prompts that were in the cache already.");
        RefusedRequests = _meter.CreateCounter<long>(
            "platform.inference.refused", "{request}", "Requests refused because the queue is full.");
    }

    /// <summary>Seconds to a first token.</summary>
    public Histogram<double> FirstToken { get; }

    /// <summary>Seconds between tokens.</summary>
    public Histogram<double> NextToken { get; }

    /// <summary>Generations in a pass.</summary>
    public Histogram<int> Batch { get; }

    /// <summary>Tokens generated.</summary>
    public Counter<long> Tokens { get; }

    /// <summary>Tokens of prompts.</summary>
    public Counter<long> PromptTokens { get; }

    /// <summary>Tokens of prompts that were cached.</summary>
    public Counter<long> CachedPromptTokens { get; }

    /// <summary>Requests refused.</summary>
    public Counter<long> RefusedRequests { get; }

    /// <summary>Adds a figure that is asked for when it is read, one a model.</summary>
    public void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        _meter.CreateObservableGauge(name, values, unit, description);

    private Histogram<double> Seconds(string name, string description, double[] bounds) => _meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
