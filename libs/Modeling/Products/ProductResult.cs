namespace Platform.Modeling;

/// <summary>Where a product goes: rows side by side, without gaps.</summary>
/// <param name="Values">The first number.</param>
/// <param name="Rows">M.</param>
/// <param name="Columns">N.</param>
/// <param name="IsFloat">Whether it is in fp32; else in the factors' type.</param>
/// <param name="Add">Whether the product is added to what is there; in fp32 only.</param>
/// <param name="IsReadLate">Whether it is read when no cache has it any more, so that what is overwritten need not be
/// fetched; in fp32 only.</param>
internal readonly record struct ProductResult(
    nint Values, long Rows, long Columns, bool IsFloat, bool Add, bool IsReadLate = false)
{
    /// <summary>Some of its rows.</summary>
    public ProductResult From(long row, long rows) => this with
    {
        Values = Values + (nint)(row * Columns * (IsFloat ? 4 : 2)),
        Rows = rows,
    };
}
