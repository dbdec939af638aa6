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
    private const int MostBuckets = 800;
    private const int LogLines = 2_000;
    private static readonly TimeSpan _pointInterval = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan _reloadInterval = TimeSpan.FromSeconds(2);
    private static readonly string[] _tabs = ["samples", "log", "checkpoints", "configuration", "events"];
    private static readonly int[] _halfLives = [0, 5, 20, 100, 500];

    private static readonly (string Key, string Name)[] _axes =
        [("step", "by step"), ("tokens", "by tokens"), ("seconds", "by time")];

    private readonly SortedList<(long Step, int Index), Sample> _samples = [];
    private readonly SortedList<(DateTime Time, string Type, string Message), RunEvent> _events = [];
    private readonly LiveCurves _live = new();
    private LogTail _log = new(LogLines);
    private ChartBoard? _board;
    private IReadOnlyList<Checkpoint> _checkpoints = [];
    private string? _followed;
    private Run? _run;
    private long? _cursor;
    private ChartView? _drawn;
    private int _curveVersion;
    private bool _pumping;
    private bool _deleted;
    private Link _link = Link.Connecting;
    private CallFailure? _failure;
    private CallFailure? _curvesFailure;

    /// <summary>The run's id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "x")]
    private string? AxisQuery { get; set; }

    [SupplyParameterFromQuery(Name = "smooth")]
    private double? SmoothQuery { get; set; }

    [SupplyParameterFromQuery(Name = "log")]
    private bool? LogQuery { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private double? FromQuery { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private double? ToQuery { get; set; }

    [SupplyParameterFromQuery(Name = "tab")]
    private string? TabQuery { get; set; }

    private string Name => "runs/" + Id;

    private string Title => _run is null ? Id : Format.Title(_run.DisplayName, _run.Name);

    private string Tab => _tabs.Contains(TabQuery) ? TabQuery! : _tabs[0];

    private ChartView View => ChartView.FromQuery(AxisQuery, SmoothQuery, LogQuery, FromQuery, ToQuery);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_followed != Id)
        {
            Restart();
            _ = FollowRunAsync();
        }
        else if (_run is not null && _drawn != View)
        {
            await LoadCurvesAsync();
        }
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
        (_run, _cursor, _drawn, _failure, _deleted) = (null, null, null, null, false);
        (_log, _checkpoints) = (new(LogLines), []);
        _samples.Clear();
        _events.Clear();
    }

    // A stream of a run ends with the run. What may come after it, a resume or its deletion, the list's stream tells.
    private async Task FollowRunAsync()
    {
        var id = Id;
        while (id == Id && !_deleted && !Closed.IsCancellationRequested)
        {
            await FollowAsync("run", "trainer", Open, ReceiveAsync, link => _link = link);
            if (_link.State is LinkState.Failed || id != Id)
                return;
            await FollowAsync(
                "list", "trainer", token => runs.WatchList(Id, token), ReceiveList, ListLinkChanged, endless: true);
        }
    }

    private IAsyncEnumerable<WatchRunResponse> Open(CancellationToken token)
    {
        _log.Reopen();
        return runs.Watch(Name, _cursor, token);
    }

    private void ListLinkChanged(Link link) => _link = link.State is LinkState.Live or LinkState.Connecting ? Link.Ended : link;

    private Task ReceiveList(WatchRunsResponse message)
    {
        var run = message.UpdateCase switch
        {
            WatchRunsResponse.UpdateOneofCase.Changed => message.Changed,
            WatchRunsResponse.UpdateOneofCase.Snapshot => message.Snapshot.Runs.FirstOrDefault(r => r.Name == Name),
            _ => null,
        };
        _deleted = message.UpdateCase switch
        {
            WatchRunsResponse.UpdateOneofCase.Removed => message.Removed == Name,
            WatchRunsResponse.UpdateOneofCase.Snapshot => run is null,
            _ => false,
        };
        if (run?.Name == Name)
            _run = run;
        if (_deleted || (run?.Name == Name && !RunTable.HasEnded(run)))
            Unfollow("list");
        return Task.CompletedTask;
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
                _live.Add(message.Points.Points);
                _ = PumpAsync();
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
            await Task.WhenAll(LoadCurvesAsync(), ReadSamplesAsync(), ReadEventsAsync(), ReadCheckpointsAsync());
        }
        else if (changed || _curvesFailure is not null || _failure is not null)
        {
            await Task.WhenAll(LoadCurvesAsync(), ReadCheckpointsAsync());
        }
    }

    private async Task LoadCurvesAsync()
    {
        var (version, view) = (++_curveVersion, View);
        _drawn = view;
        _live.BeginReading();
        var request = new GetMetricsRequest
        {
            Axis = view.MetricAxis,
            MaxBuckets = MostBuckets,
            SmoothingHalfLife = view.HalfLife,
        };
        request.Runs.Add(Name);
        request.Series.AddRange(ChartDefinition.OfRun.SelectMany(c => c.Series).Select(s => s.Key));
        if (view.From is { } from)
            request.MinX = from;
        if (view.To is { } to)
            request.MaxX = to;
        var (curves, failure) = await runs.GetMetricsAsync(request, Closed);
        if (version != _curveVersion || Closed.IsCancellationRequested)
            return;
        _curvesFailure = failure;
        if (curves is null)
        {
            _live.EndReading();
        }
        else
        {
            _live.Reset(curves, view.Axis, _run?.Attempt ?? 0);
            RenderSoon();
            if (_board is null)
            {
                // The board is on the page only once there is a run.
                StateHasChanged();
                await Task.Yield();
            }

            if (_board is not null)
                await _board.ShowAsync(curves, view);
        }
    }

    // Sends points to the browser a few times a second; reads the curves again where points alone do not do.
    private async Task PumpAsync()
    {
        if (_pumping)
            return;
        _pumping = true;
        try
        {
            while (!Closed.IsCancellationRequested && (_live.HasPoints || _live.NeedsReload))
            {
                if (_live.NeedsReload)
                {
                    await LoadCurvesAsync();
                    await Task.Delay(_reloadInterval, Time, Closed);
                }
                else
                {
                    if (_board is { IsReady: true })
                        await _board.AddAsync(_live.Take());
                    await Task.Delay(_pointInterval, Time, Closed);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed during the pause.
        }
        finally
        {
            _pumping = false;
        }
    }

    private void Zoom((double? From, double? To) range) => SetQuery(("from", range.From), ("to", range.To));

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
