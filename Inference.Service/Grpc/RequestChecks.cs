using System.Globalization;
using Platform.Contracts.Inference.V1;
using Platform.Modeling;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Grpc;

/// <summary>Checks requests and names every wrong field at once.</summary>
internal static class RequestChecks
{
    private const double MaxTemperature = 10;
    private const int MaxStops = 16;
    private const int MaxStopLength = 256;

    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public static void Check(LoadModelRequest request)
    {
        var violations = new Violations();
        violations.Require(request.Name.Length > 0, "name", "must name a model.");
        violations.ThrowIfAny();
    }

    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public static void Check(string model, SamplingParameters? sampling)
    {
        var violations = new Violations();
        violations.Require(model.Length > 0, "model", "must name a model.");
        if (sampling is not null)
            Check(sampling, violations);
        violations.ThrowIfAny();
    }

    /// <summary>The parameters with their defaults.</summary>
    public static SamplingOptions ToOptions(SamplingParameters? sampling, long seed) => new()
    {
        Temperature = sampling?.HasTemperature == true ? sampling.Temperature : 1,
        TopK = sampling?.HasTopK == true ? sampling.TopK : 0,
        TopP = sampling?.HasTopP == true ? sampling.TopP : 1,
        Seed = seed,
    };

    // Each condition is false for NaN too.
    private static void Check(SamplingParameters sampling, Violations violations)
    {
        violations.Require(
            !sampling.HasTemperature || sampling.Temperature is >= 0 and <= MaxTemperature,
            "sampling.temperature", Invariant($"must be 0 to {MaxTemperature}, not {sampling.Temperature}."));
        violations.Require(
            !sampling.HasTopK || sampling.TopK >= 0,
            "sampling.top_k", Invariant($"must be 0 or more, not {sampling.TopK}."));
        violations.Require(
            !sampling.HasTopP || sampling.TopP is > 0 and <= 1,
            "sampling.top_p", Invariant($"must be above 0 and at most 1, not {sampling.TopP}."));
        violations.Require(
            !sampling.HasMaxTokens || sampling.MaxTokens >= 1,
            "sampling.max_tokens", Invariant($"must be 1 or more, not {sampling.MaxTokens}."));
        violations.Require(
            sampling.Stop.Count <= MaxStops,
            "sampling.stop", Invariant($"may have {MaxStops} texts at the most, not {sampling.Stop.Count}."));
        foreach (var (i, stop) in sampling.Stop.Take(MaxStops).Index())
        {
            violations.Require(
                stop.Length is >= 1 and <= MaxStopLength,
                Invariant($"sampling.stop[{i}]"),
                Invariant($"must have 1 to {MaxStopLength} characters, not {stop.Length}."));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
