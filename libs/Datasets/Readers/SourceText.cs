using System.Text;

namespace Platform.Datasets.Readers;

/// <summary>A document's text, or a part of a long one, in UTF-8.</summary>
/// <param name="Utf8">Valid UTF-8 that nobody changes any more.</param>
/// <param name="BeginsDocument">Whether a document begins here; else the last one goes on.</param>
/// <param name="PromptBytes">Bytes at its beginning that are the prompt; 0 for plain texts.</param>
public readonly record struct SourceText(ReadOnlyMemory<byte> Utf8, bool BeginsDocument, int PromptBytes = 0)
{
    /// <summary>A whole document.</summary>
    public static SourceText Of(SourceDocument document) => new(
        Encoding.UTF8.GetBytes(document.Text),
        true,
        Encoding.UTF8.GetByteCount(document.Text.AsSpan(0, document.PromptLength)));
}
