namespace Platform.Modeling;

/// <summary>The shape of the learning rate after the warm-up.</summary>
public enum Decay
{
    /// <summary>Half a cosine from the maximum to the minimum.</summary>
    Cosine,

    /// <summary>A straight line from the maximum to the minimum.</summary>
    Linear,

    /// <summary>The maximum throughout.</summary>
    Constant,
}
