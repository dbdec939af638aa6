using System.Globalization;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Models;
using Platform.Modeling;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Grpc;

/// <summary>Checks requests and names every wrong field at once.</summary>
internal static class RequestChecks
{
    /// <summary>Stop texts at the most.</summary>
    public const int MaxStops = 16;

    /// <summary>Characters of a stop text at the most.</summary>
    public const int MaxStopLength = 256;

    /// <summary>Texts of one request at the most.</summary>
    public const int MaxTexts = 16;

    private const double MaxTemperature = 10;
    private const int MaxStopIds = 64;
    private const int MaxBiases = 1024;
    private const int MaxLogprobs = 20;
    private const int MaxPriority = 100;
    private const int MaxCallerLength = 256;

    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public static ModelRequest Check(LoadModelRequest request)
    {
        var violations = new Violations();
        violations.Require(request.Name.Length > 0, "name", "must name a model.");
        WeightKind precision = default;
        violations.Require(
            request.Precision.Length == 0 || (Enum.TryParse(request.Precision, ignoreCase: true, out precision)
                && Enum.IsDefined(precision) && char.IsLetter(request.Precision[0])),
            "precision", "must be fp32, bf16 or int8.");
        violations.ThrowIfAny();
        return new ModelRequest(request.Name)
        {
            Field = "name",
            Device = request.Device,
            Precision = request.Precision.Length == 0 ? null : precision,
        };
    }

    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public static ModelRequest Check(MeasurePerplexityRequest request)
    {
        var violations = new Violations();
        violations.Require(request.Model.Length > 0, "model", "must name a model.");
        violations.Require(
            request.Text.Length <= PerplexityMeasure.MaxCharacters,
            "text", Invariant($"may have {PerplexityMeasure.MaxCharacters} characters at the most."));
        violations.ThrowIfAny();
        return new ModelRequest(request.Model) { Adapter = request.Adapter };
    }

    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public static void Check(StreamGenerateRequest request)
    {
        var violations = new Violations();
        violations.Require(request.Model.Length > 0, "model", "must name a model.");
        violations.Require(
            request.Prompt.Length == 0 || request.PromptIds.Count == 0,
            "prompt_ids", "A prompt is a text or token ids, not both.");
        violations.Require(
            request.Priority is >= -MaxPriority and <= MaxPriority,
            "priority", Invariant($"must be -{MaxPriority} to {MaxPriority}, not {request.Priority}."));
        violations.Require(
            request.Caller.Length <= MaxCallerLength,
            "caller", Invariant($"may have {MaxCallerLength} characters at the most."));
        if (request.Sampling is not null)
            Check(request.Sampling, violations);
        violations.ThrowIfAny();
    }

    /// <summary>The parameters with their defaults.</summary>
    public static SamplingOptions ToOptions(SamplingParameters? sampling, long seed) => sampling is null
        ? new SamplingOptions { Seed = seed }
        : new SamplingOptions
        {
            Temperature = sampling.HasTemperature ? sampling.Temperature : 1,
            TopK = sampling.HasTopK ? sampling.TopK : 0,
            TopP = sampling.HasTopP ? sampling.TopP : 1,
            MinP = sampling.HasMinP ? sampling.MinP : 0,
            RepetitionPenalty = sampling.HasRepetitionPenalty ? sampling.RepetitionPenalty : 1,
            PresencePenalty = sampling.PresencePenalty,
            FrequencyPenalty = sampling.FrequencyPenalty,
            LogitBias = sampling.LogitBias.ToDictionary(),
            Seed = seed,
        };

    private static void Check(SamplingParameters sampling, Violations violations)
    {
        violations.Require(
            !sampling.HasTemperature || sampling.Temperature is >= 0 and <= MaxTemperature,
            "sampling.temperature", Invariant($"must be 0 to {MaxTemperature}, not {sampling.Temperature}."));
        foreach (var (member, problem) in ToOptions(sampling, seed: 0).Validate().Where(p => p.Member != "temperature"))
            violations.Add("sampling." + member, problem + ".");
        // With nothing but the prompt wanted, nothing need be generated.
        var least = sampling.Echo || sampling.PromptLogprobs ? 0 : 1;
        violations.Require(
            !sampling.HasMaxTokens || sampling.MaxTokens >= least,
            "sampling.max_tokens", Invariant($"must be {least} or more, not {sampling.MaxTokens}."));
        violations.Require(
            !sampling.HasN || sampling.N is >= 1 and <= MaxTexts,
            "sampling.n", Invariant($"must be 1 to {MaxTexts}, not {sampling.N}."));
        violations.Require(
            !sampling.HasLogprobs || sampling.Logprobs is >= 0 and <= MaxLogprobs,
            "sampling.logprobs", Invariant($"must be 0 to {MaxLogprobs}, not {sampling.Logprobs}."));
        violations.Require(
            sampling.LogitBias.Count <= MaxBiases,
            "sampling.logit_bias", Invariant($"may have {MaxBiases} ids at the most, not {sampling.LogitBias.Count}."));
        violations.Require(
            sampling.StopIds.Count <= MaxStopIds,
            "sampling.stop_ids", Invariant($"may have {MaxStopIds} ids at the most, not {sampling.StopIds.Count}."));
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
