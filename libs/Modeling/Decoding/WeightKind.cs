namespace Platform.Modeling;

/// <summary>How a decoder keeps the weights of matrix products.</summary>
public enum WeightKind
{
    /// <summary>32-bit floats.</summary>
    Fp32,

    /// <summary>bfloat16; activations and sums stay in 32 bits.</summary>
    Bf16,

    /// <summary>8-bit integers with a scale for each output; activations and sums stay in 32 bits.</summary>
    Int8,
}
