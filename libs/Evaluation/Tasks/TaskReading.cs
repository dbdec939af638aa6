using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>What a task may need to know to read its input.</summary>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="ContextLength">The model's longest input in tokens.</param>
public sealed record TaskReading(TextTokenizer Tokenizer, int ContextLength)
{
    /// <summary>
    /// Tokens by which the window moves on over a text: what is before them in the window is only context. 0: the
    /// whole window, so that windows do not overlap.
    /// </summary>
    public int Stride { get; init; }
}
