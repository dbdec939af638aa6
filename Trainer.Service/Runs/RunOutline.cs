using Platform.Contracts.Common.V1;

namespace Platform.TrainerHost.Runs;

/// <summary>Which runs stand on a page, and how many there are.</summary>
/// <param name="Ids">The runs' ids in their order.</param>
/// <param name="Total">Runs that match, on all pages.</param>
/// <param name="States">Runs by state, of those that match but for the state.</param>
internal sealed record RunOutline(
    IReadOnlyList<string> Ids, int Total, IReadOnlyList<(State State, int Count)> States)
{
    /// <inheritdoc/>
    public bool Equals(RunOutline? other) =>
        other is not null && Total == other.Total && Ids.SequenceEqual(other.Ids) && States.SequenceEqual(other.States);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Total, Ids.Count);
}
