namespace Platform.Collectives;

/// <summary>Consecutive numbers in the memory of the device that trains.</summary>
/// <param name="Address">Of the first one.</param>
/// <param name="Count">How many.</param>
/// <param name="Type">What they are.</param>
public readonly record struct DeviceBuffer(nint Address, long Count, ElementType Type = ElementType.Float32)
{
    /// <summary>Bytes of one number.</summary>
    public int ElementBytes => Type == ElementType.Float64 ? sizeof(double) : sizeof(float);

    /// <summary>Bytes of all numbers.</summary>
    public long Bytes => Count * ElementBytes;

    /// <summary>A part of it.</summary>
    public DeviceBuffer Slice(long start, long count) =>
        this with { Address = Address + (nint)(start * ElementBytes), Count = count };
}
