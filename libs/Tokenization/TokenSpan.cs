namespace Platform.Tokenization;

/// <summary>A token and the bytes of the encoded text that it stands for.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Offset">First byte in the UTF-8 text.</param>
/// <param name="Length">Bytes; a token may be a part of a character.</param>
public readonly record struct TokenSpan(int Id, int Offset, int Length);
