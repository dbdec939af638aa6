namespace Platform.Tokenization;

/// <summary>What encoding does with the text of a special token, such as <c>&lt;|endoftext|&gt;</c>.</summary>
public enum SpecialTokenHandling
{
    /// <summary>It is ordinary text: safe for text of unknown origin, which could otherwise end a document.</summary>
    AsText,

    /// <summary>It becomes the special token's id.</summary>
    Allowed,
}
