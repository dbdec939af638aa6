namespace Platform.Evals;

/// <summary>A prompt that is still text.</summary>
/// <param name="Rows">One a continuation.</param>
/// <param name="Encoding">Whether context and continuation are tokenised apart or together.</param>
public sealed record TextPrompt(IReadOnlyList<PromptRow> Rows, ContinuationEncoding Encoding) : Prompt
{
    /// <summary>A prompt of one context.</summary>
    public static TextPrompt Of(
        string context, IEnumerable<string> continuations, ContinuationEncoding encoding) =>
        new([.. continuations.Select(continuation => new PromptRow(context, continuation))], encoding);
}
