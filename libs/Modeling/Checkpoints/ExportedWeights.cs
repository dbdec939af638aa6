namespace Platform.Modeling;

/// <summary>Names that several formats of export need.</summary>
internal static class ExportedWeights
{
    /// <summary>The token embedding, whose padded rows do not leave.</summary>
    public const string TokenTable = "transformer.wte.weight";

    /// <summary>The bias that belongs to a layer's weight; null for an embedding.</summary>
    public static string? BiasOf(string name) =>
        name.EndsWith(".weight", StringComparison.Ordinal) && !name.Contains(".wte.", StringComparison.Ordinal)
        && !name.Contains(".wpe.", StringComparison.Ordinal)
            ? name[..^".weight".Length] + ".bias"
            : null;
}
