namespace Platform.InferenceHost.Models;

/// <summary>How a served model's weights are kept.</summary>
public enum WeightPrecision
{
    /// <summary>32 bits; what other precisions are compared with.</summary>
    Fp32,

    /// <summary>bfloat16: half the memory, and faster for it.</summary>
    Bf16,

    /// <summary>8-bit integers with a scale for each row of a matrix; activations are not rounded.</summary>
    Int8,
}
