using Platform.Contracts.Common.V1;

namespace Platform.Dashboard.Overview;

/// <summary>A piece of work that is under way, of whatever kind.</summary>
/// <param name="Kind">What it is: run, sweep, evaluation, tokenizer, data set.</param>
/// <param name="Name">Its resource name; there is no other of that name.</param>
/// <param name="Link">Its page, which others may share.</param>
/// <param name="Title">What it is called.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; 0 while unknown.</param>
/// <param name="Unit">What a unit is.</param>
/// <param name="Phase">What is being done.</param>
/// <param name="RemainingSeconds">Seconds left, where known.</param>
internal sealed record WorkItem(
    string Kind,
    string Name,
    string Link,
    string Title,
    State State,
    long Done,
    long Total,
    string Unit,
    string Phase,
    double? RemainingSeconds)
{
    /// <summary>A piece of work that tells its progress.</summary>
    public static WorkItem Of(
        string kind, string name, string link, string title, State state, Progress? progress) => new(
        kind,
        name,
        link,
        title,
        state,
        progress?.Done ?? 0,
        progress?.Total ?? 0,
        progress?.Unit ?? "",
        progress?.Phase ?? "",
        progress is { HasRemainingSeconds: true } ? progress.RemainingSeconds : null);
}
