namespace Platform.Tokenization.Pretokenization;

/// <summary>A pre-tokenizer's pattern written by hand, over UTF-8 bytes.</summary>
internal unsafe interface IPieceScanner
{
    /// <summary>The end of the piece that begins at <paramref name="p"/>; always beyond it.</summary>
    /// <param name="classes"><see cref="CharacterClass.Table"/>.</param>
    static abstract byte* Next(byte* classes, byte* p, byte* end);
}
