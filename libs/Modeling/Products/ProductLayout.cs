namespace Platform.Modeling;

/// <summary>Where lines go that are laid out for <see cref="ProductKernel"/>, 16 at a time; all distances in numbers of
/// 32 bits.</summary>
/// <param name="Start">The first line's first step.</param>
/// <param name="Half">From there to the ninth line's.</param>
/// <param name="Group">And to the 17th's.</param>
/// <param name="Stride">From a step to the next.</param>
internal readonly record struct ProductLayout(nint Start, long Half, long Group, int Stride)
{
    /// <summary>Where the lines of a group go.</summary>
    public ProductLayout From(long group) => this with { Start = Start + (nint)(group * Group * sizeof(uint)) };
}
