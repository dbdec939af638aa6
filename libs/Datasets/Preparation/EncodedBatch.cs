using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>Some texts on end as tokens.</summary>
internal sealed record EncodedBatch(TokenBuffer Tokens, IReadOnlyList<EncodedPart> Parts);

/// <summary>Where one text's tokens lie in its batch, and which of them count in the loss.</summary>
/// <param name="Start">The first one.</param>
/// <param name="Count">How many, padding included.</param>
/// <param name="CountFrom">The first that counts, from the text's own first.</param>
/// <param name="CountTo">The one behind the last that counts.</param>
/// <param name="Length">How many there were before cutting off and padding.</param>
/// <param name="TextBytes">Bytes of the text.</param>
/// <param name="ForValidation">Which split it belongs to.</param>
/// <param name="BeginsDocument">Whether a document begins with it.</param>
internal readonly record struct EncodedPart(
    int Start, int Count, int CountFrom, int CountTo, int Length, int TextBytes, bool ForValidation,
    bool BeginsDocument);
