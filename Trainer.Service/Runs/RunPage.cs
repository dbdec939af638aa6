using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Runs;

/// <summary>A page of a list of runs.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Total">Runs that match, in all pages.</param>
/// <param name="Last">Key and id of the last row where more may follow; null at the end.</param>
internal sealed record RunPage(IReadOnlyList<Run> Runs, int Total, (object Key, string Id)? Last);
