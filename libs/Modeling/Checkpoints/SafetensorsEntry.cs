using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Type">Of the elements.</param>
/// <param name="Shape">Empty for a scalar.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record SafetensorsEntry(ScalarType Type, long[] Shape, long Offset, long Length);
