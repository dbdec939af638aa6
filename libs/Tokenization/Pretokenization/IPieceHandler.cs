namespace Platform.Tokenization.Pretokenization;

/// <summary>Receives the pieces of a text. A struct, so that the loop over the pieces is compiled around it.</summary>
internal unsafe interface IPieceHandler
{
    /// <summary>One piece.</summary>
    /// <param name="piece">First byte.</param>
    /// <param name="length">At least 1.</param>
    /// <param name="end">End of the readable memory, at or beyond the piece's end.</param>
    void OnPiece(byte* piece, int length, byte* end);
}
