namespace Platform.Collectives;

/// <summary>The numbers that are exchanged.</summary>
public enum ElementType
{
    /// <summary>32-bit floats: gradients and weights.</summary>
    Float32,

    /// <summary>64-bit floats: losses, counts, flags.</summary>
    Float64,
}
