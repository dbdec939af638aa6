namespace Platform.Modeling;

/// <summary>A left factor's strips of eight rows, as <see cref="ProductKernel"/> reads them.</summary>
/// <param name="Values">The first strip's first number.</param>
/// <param name="Distance">Bytes from a strip to the next.</param>
/// <param name="Row">Bytes from a row to the next where <paramref name="InPlace"/>.</param>
/// <param name="InPlace">Whether rows lie where they were; else they are laid out step by step.</param>
internal readonly record struct ProductStrips(nint Values, long Distance, long Row, bool InPlace)
{
    /// <summary>Where a strip is.</summary>
    public nint this[long strip] => Values + (nint)(strip * Distance);
}
