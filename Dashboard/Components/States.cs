using Platform.Contracts.Common.V1;

namespace Platform.Dashboard.Components;

/// <summary>What pages ask of a state.</summary>
internal static class States
{
    /// <summary>Whether the work is over, well or not.</summary>
    /// <param name="state">The state.</param>
    public static bool HasEnded(this State state) => state is State.Succeeded or State.Failed or State.Cancelled;
}
