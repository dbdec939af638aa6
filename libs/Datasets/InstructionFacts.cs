namespace Platform.Datasets;

/// <summary>How a data set's prompts with responses became tokens.</summary>
/// <param name="Style">The prompt's style or template.</param>
/// <param name="MaskedPrompt">Whether the prompts' tokens are out of the loss.</param>
/// <param name="RowTokens">Tokens of a row, one more than a model sees at once; null where examples follow one another.
/// </param>
/// <param name="TruncatedCount">Examples that were longer than a row and cut off.</param>
public sealed record InstructionFacts(string Style, bool MaskedPrompt, int? RowTokens, long TruncatedCount);
