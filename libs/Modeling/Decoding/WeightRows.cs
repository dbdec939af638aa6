using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Modeling;

/// <summary>Reads sixteen weights of a row as floats; one type for each <see cref="WeightKind"/>.</summary>
internal unsafe interface IWeightRow
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int Size { get; }

    /// <summary>Sixteen weights from an index on.</summary>
    static abstract Vector512<float> Load(byte* row, nint index);
}

/// <summary>fp32.</summary>
internal readonly unsafe struct Fp32Row : IWeightRow
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, nint index) => Vector512.Load((float*)row + index);
}

/// <summary>bfloat16: the upper half of a float.</summary>
internal readonly unsafe struct Bf16Row : IWeightRow
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, nint index) => Avx512F.ShiftLeftLogical(
        Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)row + index)), 16).AsSingle();
}

/// <summary>8-bit integers, not yet scaled.</summary>
internal readonly unsafe struct Int8Row : IWeightRow
{
    public static int Size => sizeof(sbyte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, nint index) => Avx512F.ConvertToVector512Single(
        Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)row + index)));
}
