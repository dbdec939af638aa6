using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>Some texts on end as tokens.</summary>
internal sealed record EncodedBatch(TokenBuffer Tokens, IReadOnlyList<EncodedPart> Parts);

/// <summary>Where one text's tokens lie in its batch.</summary>
internal sealed record EncodedPart(int Start, int Count, int TextBytes, bool ForValidation, bool BeginsDocument);
