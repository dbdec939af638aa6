namespace Platform.Datasets.Preparation;

/// <summary>A document, or a part of one, and which split it belongs to.</summary>
internal readonly record struct DividedText(
    ReadOnlyMemory<byte> Utf8, bool ForValidation, bool BeginsDocument, int PromptBytes = 0);
