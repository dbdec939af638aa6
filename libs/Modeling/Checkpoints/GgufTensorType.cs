namespace Platform.Modeling;

/// <summary>The types of GGUF's tensors that are not quantised, by the numbers in the file.</summary>
internal enum GgufTensorType : uint
{
    F32 = 0,
    F16 = 1,
    BF16 = 30,
}
