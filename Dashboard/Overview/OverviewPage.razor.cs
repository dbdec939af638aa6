using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Overview;

/// <summary>What there is, what runs now, what came out last.</summary>
public sealed partial class OverviewPage(RunsClient runs)
{
    private const int ShownResults = 8;
    private const int ShownActive = 100;
    private readonly RunTable _active = new();
    private readonly RunTable _ended = new();
    private Link _link = Link.Connecting;
    private int _otherWork;
    private bool _loaded;

    private List<Run> Running =>
        [.. _active.Runs.Where(r => r.State is State.Running or State.Cancelling).OrderBy(r => r.StartTime)];

    private List<Run> Queued =>
        [.. _active.Runs.Where(r => r.State is State.Queued).OrderBy(r => r.QueuePosition).ThenBy(r => r.CreateTime)];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        // Falling by state: those that run stand before those that wait.
        _ = FollowAsync(
            "active",
            "trainer",
            token => runs.WatchPage("state:queued,running,cancelling", "state desc", 0, ShownActive, token),
            m => Receive(_active, m),
            l => _link = l,
            endless: true);

        // The trials of one sweep would fill the list; sweeps have a page of their own.
        _ = FollowAsync(
            "ended",
            "trainer",
            token => runs.WatchPage("state:succeeded,failed,cancelled sweep:", "end_time desc", 0, ShownResults, token),
            m => Receive(_ended, m),
            _ => { },
            endless: true);
    }

    private Task Receive(RunTable table, WatchRunsResponse message)
    {
        table.Apply(message);
        _loaded |= ReferenceEquals(table, _active);
        return Task.CompletedTask;
    }
}
