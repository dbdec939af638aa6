using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>A type of elements that kernels read and write as 16 floats at a time.</summary>
internal unsafe interface IElement
{
    static abstract ScalarType Type { get; }

    static abstract Vector512<float> Load(void* values, long index);

    static abstract void Store(void* values, long index, Vector512<float> value);

    static abstract float Get(void* values, long index);

    static abstract void Set(void* values, long index, float value);
}
