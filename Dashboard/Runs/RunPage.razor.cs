using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Runs;

/// <summary>One run, live: what it is told, how it goes, what it wrote.</summary>
public sealed partial class RunPage(RunsClient runs)
{
    private const int LogLines = 2_000;
    private static readonly string[] _tabs = ["samples", "log", "checkpoints", "configuration", "events"];

    private readonly SortedList<(long Step, int Index), Sample> _samples = [];
    private readonly SortedList<(DateTime Time, string Type, string Message), RunEvent> _events = [];
    private LogTail _log = new(LogLines);
    private RunCurves? _curves;
    private IReadOnlyList<Checkpoint> _checkpoints = [];
    private string? _followed;
    private Run? _run;
    private long? _cursor;
    private bool _deleted;
    private Link _link = Link.Connecting;
    private CallFailure? _failure;

    /// <summary>The run's id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")]
    private string? TabQuery { get; set; }

    private string Name => "runs/" + Id;

    private string Title => _run is null ? Id : Format.Title(_run.DisplayName, _run.Name);

    private string Tab => _tabs.Contains(TabQuery) ? TabQuery! : _tabs[0];

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_followed == Id)
            return;
        Restart();
        _ = FollowWorkAsync(
            "trainer",
            Open,
            ReceiveAsync,
            token => runs.WatchInList(Name, token),
            ReceiveEnded,
            run => run.State,
            link => _link = link);
    }

    private static string PhaseOf(Run run) => run.State switch
    {
        State.Queued when run.HasQueuePosition => $"place {run.QueuePosition} in the queue",
        State.Queued => "in the queue",
        State.Cancelling => "writing a checkpoint",
        _ => "",
    };

    private void Restart()
    {
        _followed = Id;
        (_run, _cursor, _failure, _deleted) = (null, null, null, false);
        (_log, _checkpoints) = (new(LogLines), []);
        _samples.Clear();
        _events.Clear();
    }

    private IAsyncEnumerable<WatchRunResponse> Open(CancellationToken token)
    {
        _log.Reopen();
        return runs.Watch(Name, _cursor, token);
    }

    private void ReceiveEnded(Run? run)
    {
        _deleted = run is null;
        _run = run ?? _run;
    }

    private async Task ReceiveAsync(WatchRunResponse message)
    {
        _cursor = Math.Max(_cursor ?? 0, message.Cursor);
        switch (message.UpdateCase)
        {
            case WatchRunResponse.UpdateOneofCase.Run:
                await ReceiveRunAsync(message.Run);
                break;
            case WatchRunResponse.UpdateOneofCase.Points:
                // Until the curves are on the page they are not read yet, and will have these points in them.
                _curves?.Add(Name, message.Points.Points);
                break;
            case WatchRunResponse.UpdateOneofCase.Sample:
                _samples[(message.Sample.Step, message.Sample.Index)] = message.Sample;
                break;
            case WatchRunResponse.UpdateOneofCase.Event:
                AddEvent(message.Event);
                if (message.Event.Type is "checkpoint" or "skipped_checkpoint")
                    await ReadCheckpointsAsync();
                break;
            case WatchRunResponse.UpdateOneofCase.Log:
                _log.Add(message.Log.Lines);
                break;
        }
    }

    private async Task ReceiveRunAsync(Run run)
    {
        var (first, changed) = (_run is null, _run?.State != run.State);
        _run = run;
        if (first)
        {
            // The curves need not wait for what stands below them.
            RenderSoon();
            await Task.WhenAll(ReadSamplesAsync(), ReadEventsAsync(), ReadCheckpointsAsync());
        }
        else if (changed || _failure is not null || _curves is { HasFailed: true })
            await Task.WhenAll(_curves?.LoadAsync() ?? Task.CompletedTask, ReadCheckpointsAsync());
    }

    private void AddEvent(RunEvent item) =>
        _events[(item.Time?.ToDateTime() ?? default, item.Type, item.Message)] = item;

    private async Task ReadSamplesAsync()
    {
        var (samples, failure) = await runs.ListSamplesAsync(Name, Closed);
        _failure ??= failure;
        foreach (var sample in samples ?? [])
            _samples[(sample.Step, sample.Index)] = sample;
    }

    private async Task ReadEventsAsync()
    {
        var (events, failure) = await runs.ListEventsAsync(Name, Closed);
        _failure ??= failure;
        foreach (var item in events ?? [])
            AddEvent(item);
    }

    private async Task ReadCheckpointsAsync()
    {
        var (checkpoints, failure) = await runs.ListCheckpointsAsync(Name, Closed);
        _failure = failure;
        _checkpoints = checkpoints ?? _checkpoints;
    }
}
