using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>bfloat16: the upper half of a 32-bit float, rounded to nearest, ties to even.</summary>
internal readonly unsafe struct BFloat16Element : IElement
{
    public static ScalarType Type => ScalarType.BFloat16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* values, long index)
    {
        var halves = Vector256.Load((ushort*)values + index);
        return (Vector512.WidenLower(halves.ToVector512Unsafe()) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* values, long index, Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        // A NaN's payload must not round to infinity.
        rounded = Vector512.ConditionalSelect(
            Vector512.IsNaN(value).AsUInt32(), Vector512.Create(0x7fc0u), rounded);
        Vector512.Narrow(rounded, rounded).GetLower().Store((ushort*)values + index);
    }

    public static float Get(void* values, long index) =>
        BitConverter.UInt32BitsToSingle((uint)((ushort*)values)[index] << 16);

    public static void Set(void* values, long index, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)values)[index] = float.IsNaN(value)
            ? (ushort)0x7fc0
            : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
