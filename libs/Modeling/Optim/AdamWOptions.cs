namespace Platform.Modeling;

/// <summary>AdamW's constants; the defaults are build-nanogpt's.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the gradient's mean; [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the squared gradient's mean; [0, 1).</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the denominator; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of parameters with two dimensions or more, times the rate; 0 or more.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>
    /// The rate of an adapter's B matrices and vectors as a multiple of the others' (LoRA+, Hayou et al. 2024); above
    /// 0. No effect without an adapter.
    /// </summary>
    public double LoraPlusRatio { get; init; } = 1;
}
