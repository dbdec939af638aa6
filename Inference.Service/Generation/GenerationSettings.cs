using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>How a text is to be generated; checked before.</summary>
internal sealed record GenerationSettings
{
    /// <summary>How a token is drawn.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>New tokens at most; 0 only where the prompt's own scores or text are wanted.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>The text ends before any of these.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>The text ends before any of these tokens.</summary>
    public IReadOnlySet<int> StopIds { get; init; } = new HashSet<int>();

    /// <summary>Whether to go on after the end of a text.</summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>With each token its score and those of so many others; null: none.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Whether the prompt's tokens are scored too.</summary>
    public bool PromptLogprobs { get; init; }
}
