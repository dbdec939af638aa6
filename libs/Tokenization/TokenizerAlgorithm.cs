namespace Platform.Tokenization;

/// <summary>How a tokenizer cuts text.</summary>
public enum TokenizerAlgorithm
{
    /// <summary>Byte-level BPE: any bytes encode, and decode to themselves.</summary>
    ByteLevelBpe,

    /// <summary>One token for each code point of the training text; others can't be encoded.</summary>
    Character,
}
