namespace Platform.Modeling;

/// <summary>The arithmetic of the matrix products; the weights themselves are always fp32.</summary>
public enum Precision
{
    /// <summary>32-bit throughout.</summary>
    Fp32,

    /// <summary>fp32 tensors; CUDA's matrix products round their inputs to TF32. The same as fp32 elsewhere.</summary>
    Tf32,

    /// <summary>
    /// Matrix products and attention in bfloat16 on copies of the weights; the residual stream, the statistics of
    /// layer norm and softmax, the loss and the gradients of weights in fp32.
    /// </summary>
    Bf16,
}
