using System.Text;

namespace Platform.Tokenization.Training;

/// <summary>A part of a training text.</summary>
/// <param name="Utf8">The bytes; they must stay as they are until the training has counted them, so a reader gives
/// each chunk an array of its own.</param>
/// <param name="EndsDocument">Whether a document ends here: nothing merges across its end.</param>
public readonly record struct TextChunk(ReadOnlyMemory<byte> Utf8, bool EndsDocument = true)
{
    /// <summary>A whole document.</summary>
    public static TextChunk Document(string text) => new(Encoding.UTF8.GetBytes(text));
}
