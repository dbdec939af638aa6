namespace Platform.Modeling;

/// <summary>
/// What <see cref="ProductKernel"/> asks the second cache for while it multiplies: the columns of the right factor that
/// its thread will lay out next. Each of the last passes over the present columns asks for a part of them.
/// </summary>
/// <param name="right">The right factor.</param>
/// <param name="column">The first of the next columns; negative for none.</param>
/// <param name="start">The first number of each.</param>
/// <param name="step">Numbers of a step.</param>
/// <param name="size">Bytes of a number.</param>
internal readonly ref struct ProductAhead(ProductFactor right, long column, long start, int step, int size)
{
    private const int CacheLine = 64;

    // Where columns lie side by side, a pass takes one number of each step, and of their bytes one line's.
    private static int Lines(int size) => ((ProductKernel.Columns * size) + CacheLine - 1) / CacheLine;

    /// <summary>Passes that share the work.</summary>
    public int Passes => column < 0 ? 0 : right.LinesAreContiguous ? ProductKernel.Columns : step * Lines(size);

    /// <summary>The first address of a pass, and the bytes from there to the next step's.</summary>
    /// <param name="pass">From 0; beyond <see cref="Passes"/> there is nothing to do.</param>
    public (nint At, long Step) this[long pass]
    {
        get
        {
            if (pass >= Passes)
                return (right.Values, 0);
            if (right.LinesAreContiguous)
                return (right.Values + (nint)(right.Index(column + pass, start) * size), step * size);
            var (number, line) = (pass / Lines(size), pass % Lines(size));
            return (right.Values + (nint)((right.Index(column, start + number) * size) + (line * CacheLine)),
                right.Stride * step * size);
        }
    }
}
