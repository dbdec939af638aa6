using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Overview;

/// <summary>What there is, what runs now, what came out last.</summary>
public sealed partial class OverviewPage(RunsClient runs)
{
    private const int ShownResults = 8;
    private readonly RunTable _table = new();
    private Link _link = Link.Connecting;
    private bool _loaded;

    private List<Run> Running =>
        [.. _table.Runs.Where(r => r.State is State.Running or State.Cancelling).OrderBy(r => r.StartTime)];

    private List<Run> Queued =>
        [.. _table.Runs.Where(r => r.State is State.Queued).OrderBy(r => r.QueuePosition).ThenBy(r => r.CreateTime)];

    // The trials of one sweep would fill the list; sweeps have a page of their own.
    private List<Run> Ended =>
        [.. _table.Runs.Where(r => r.EndTime is not null && RunTable.HasEnded(r) && r.Sweep.Length == 0).OrderByDescending(r => r.EndTime)
            .Take(ShownResults)];

    /// <inheritdoc/>
    protected override void OnInitialized() =>
        _ = FollowAsync("runs", "trainer", token => runs.WatchList("", token), Receive, l => _link = l, endless: true);

    private Task Receive(WatchRunsResponse message)
    {
        _table.Apply(message);
        _loaded = true;
        return Task.CompletedTask;
    }
}
