using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Where a tensor's numbers lie: for libraries that exchange them between processes.</summary>
public static class TensorMemory
{
    /// <summary>
    /// The address of the first number, in the memory of the tensor's device; valid as long as the tensor lives.
    /// </summary>
    /// <exception cref="ArgumentException">The numbers are not one piece.</exception>
    public static nint AddressOf(Tensor tensor) => tensor.is_contiguous()
        ? THSTensor_data(tensor.Handle)
        : throw new ArgumentException($"A tensor of shape ({string.Join(", ", tensor.shape)}) is not one piece.");

    // TorchSharp has it for itself, and gives it out as a span for CPU tensors only.
    [DllImport("LibTorchSharp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint THSTensor_data(nint handle);
}
