namespace Platform.Modeling;

/// <summary>Which biases an adapter trains beside its matrices.</summary>
public enum LoraBias
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those of the layers that it adapts.</summary>
    LoraOnly,

    /// <summary>All of the model's, those of the layer norms too.</summary>
    All,
}
