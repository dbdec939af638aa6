namespace Platform.Modeling;

/// <summary>A factor of a matrix product: its lines are the rows of a left one, the columns of a right one.</summary>
/// <param name="Values">The first number.</param>
/// <param name="Stride">Numbers from a line to the next where <paramref name="LinesAreContiguous"/>, else from a number
/// of a line to the line's next.</param>
/// <param name="LinesAreContiguous">Whether a line's numbers lie side by side.</param>
internal readonly unsafe record struct ProductFactor(nint Values, long Stride, bool LinesAreContiguous)
{
    /// <summary>Where a line's number is.</summary>
    public long Index(long line, long at) => LinesAreContiguous ? (line * Stride) + at : (at * Stride) + line;
}
