namespace Platform.Datasets.Preparation;

/// <summary>How prompts with responses become tokens: each ends with the end-of-text token, if there is one.</summary>
public sealed record InstructionOptions
{
    /// <summary>Whether the prompt's tokens are left out of the loss. Default true.</summary>
    public bool MaskPrompt { get; init; } = true;

    /// <summary>
    /// Tokens that a model sees at once, T. Each example then has a row of T + 1 tokens of its own: what is longer is
    /// cut off, what is shorter padded, and padding is out of the loss. Null: packed, the examples follow one another.
    /// </summary>
    public int? PaddedLength { get; init; }

    /// <summary>Whether some tokens are out of the loss.</summary>
    public bool Masked => MaskPrompt || PaddedLength is not null;

    /// <summary>Tokens of a row; null where there are no rows.</summary>
    public int? RowTokens => PaddedLength + 1;
}
