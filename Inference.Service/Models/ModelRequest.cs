using Platform.Modeling;

namespace Platform.InferenceHost.Models;

/// <summary>Which model a call wants, and how.</summary>
/// <param name="Model">The reference.</param>
internal sealed record ModelRequest(string Model)
{
    /// <summary>An adapter on top; empty: what the reference says.</summary>
    public string Adapter { get; init; } = "";

    /// <summary>Where to compute it; empty: where it is, else the first device.</summary>
    public string Device { get; init; } = "";

    /// <summary>The weights' precision; null: as it is, else the service's default.</summary>
    public WeightKind? Precision { get; init; }

    /// <summary>What the request calls the model, for errors.</summary>
    public string Field { get; init; } = "model";
}
