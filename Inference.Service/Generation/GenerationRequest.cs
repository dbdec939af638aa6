using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>What a caller asks for, by gRPC or HTTP alike; its parameters are checked before.</summary>
internal sealed record GenerationRequest
{
    /// <summary>The model's reference.</summary>
    public required string Model { get; init; }

    /// <summary>The adapter's reference; empty: none beside the model's own.</summary>
    public string Adapter { get; init; } = "";

    /// <summary>What the text follows; empty: the end of a text before it.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The prompt as ids in place of the text; null: the text.</summary>
    public IReadOnlyList<int>? PromptIds { get; init; }

    /// <summary>How tokens are drawn; the first text's seed.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Texts.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Stop texts.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Stop tokens.</summary>
    public IReadOnlySet<int> StopIds { get; init; } = new HashSet<int>();

    /// <summary>New tokens at most; null: 128, or what fits.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether to go on after the end of a text.</summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>Scores of so many others beside each token's own; null: no scores.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Whether the prompt's tokens are scored.</summary>
    public bool PromptLogprobs { get; init; }

    /// <summary>Higher ones leave the queue first.</summary>
    public int Priority { get; init; }

    /// <summary>Callers who wait take turns.</summary>
    public required string Caller { get; init; }

    /// <summary>What the request calls its prompt, for errors.</summary>
    public string PromptField { get; init; } = "prompt";

    /// <summary>What the request calls its bound on new tokens, for errors.</summary>
    public string MaxTokensField { get; init; } = "sampling.max_tokens";
}
