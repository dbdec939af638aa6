using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>A tensor's elements as they lie in memory, for files and copies.</summary>
internal static class TensorBytes
{
    /// <summary>Hands a tensor's elements in order to <paramref name="use"/>, on whichever device they are.</summary>
    /// <param name="tensor">Any shape and strides; up to 2 GiB.</param>
    /// <param name="use">Gets the bytes, which are valid until it returns.</param>
    /// <param name="type">To hand over in place of the tensor's own type.</param>
    public static void Read(Tensor tensor, Action<ReadOnlySpan<byte>> use, ScalarType? type = null)
    {
        using var scope = NewDisposeScope();
        use(tensor.detach().to(type ?? tensor.dtype).cpu().contiguous().bytes);
    }
}
