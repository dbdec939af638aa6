using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Where tensors' values are.</summary>
internal static unsafe class Kernels
{
    public static float* Floats(Tensor tensor) => (float*)Bytes(tensor);

    public static float* FloatsOrNull(Tensor? tensor) => (float*)Bytes(tensor);

    // Native memory: it stays where it is for as long as the tensor lives.
    public static void* Bytes(Tensor? tensor)
    {
        if (tensor is null)
            return null;
        fixed (byte* bytes = tensor.bytes)
            return bytes;
    }
}
