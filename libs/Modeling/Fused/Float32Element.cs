using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>32-bit floats.</summary>
internal readonly unsafe struct Float32Element : IElement
{
    public static ScalarType Type => ScalarType.Float32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* values, long index) => Vector512.Load((float*)values + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* values, long index, Vector512<float> value) => value.Store((float*)values + index);

    public static float Get(void* values, long index) => ((float*)values)[index];

    public static void Set(void* values, long index, float value) => ((float*)values)[index] = value;
}
