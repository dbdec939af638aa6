using Platform.Contracts.Common.V1;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>
/// Carries sweeps out: makes their trials' runs a few at a time, tries failed ones once more, notes the end. Whatever
/// it has not done when the service ends it does at the next start.
/// </summary>
internal sealed partial class SweepController(
    SweepStore sweeps,
    RunStore runs,
    RunQueue queue,
    TrialRuns trials,
    RunChanges changes,
    TimeProvider time,
    ILogger<SweepController> logger) : BackgroundService
{
    // A timer of .NET takes no more than some 49 days.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(1);

    /// <summary>Held while a sweep is steered, so that no end is noted while its trials are resumed.</summary>
    private readonly Lock _steering = new();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        sweeps.Open();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Goes on with a new sweep.</summary>
    public void Begin(LiveSweep sweep) => Advance(sweep);

    /// <summary>Ends a sweep: its trials that wait or train are cancelled.</summary>
    /// <exception cref="FailedPreconditionException">It has ended.</exception>
    public void Cancel(LiveSweep sweep)
    {
        lock (_steering)
            CancelTrials(sweep);
    }

    /// <summary>Queues the trials that have not succeeded.</summary>
    /// <exception cref="FailedPreconditionException">It is neither CANCELLED nor FAILED.</exception>
    public void Resume(LiveSweep sweep)
    {
        lock (_steering)
            ResumeTrials(sweep);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var feed = changes.Follow();
        foreach (var sweep in sweeps.All())
        {
            Refresh(sweep);
            Advance(sweep);
        }

        try
        {
            while (true)
            {
                var touched = new HashSet<LiveSweep>();
                foreach (var id in await TakeAsync(feed, stoppingToken))
                {
                    if (Take(id) is { } sweep)
                        touched.Add(sweep);
                }

                touched.UnionWith(sweeps.All().Where(sweep => sweep.Deadline <= time.GetUtcNow()));

                foreach (var sweep in touched)
                    Advance(sweep);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    // Changes of runs; none, where the next sweep's time is up before any.
    private async Task<IReadOnlyCollection<string>> TakeAsync(ResourceChangeFeed feed, CancellationToken stoppingToken)
    {
        var now = time.GetUtcNow();
        var next = sweeps.All().Where(sweep => !sweep.IsStopping).Min(sweep => sweep.Deadline);
        if (next is null)
            return await feed.TakeAsync(stoppingToken);
        var left = TimeSpan.FromTicks(Math.Clamp((next.Value - now).Ticks, 1, s_longestWait.Ticks));
        using var timeIsUp = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timeIsUp.Token);
        try
        {
            return await feed.TakeAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private void StopWhenTimeIsUp(LiveSweep sweep)
    {
        List<string> waiting;
        lock (sweep.Gate)
        {
            if (sweep.IsStopping || !(sweep.Deadline <= time.GetUtcNow()) || sweep.AllEnded)
                return;
            sweep.Append(
                SweepEventTypes.LimitReached, "The sweep's max_seconds are over: no trial begins any more.");
            waiting = [.. sweep.Record.Trials.Select(plan => plan.Run)];
        }

        foreach (var id in waiting.Where(id => runs.TryGet(id) is { State: State.Queued }))
            trials.TryChange(() => queue.Cancel(id), id);
        Refresh(sweep);
    }

    private void CancelTrials(LiveSweep sweep)
    {
        List<TrialPlan> open;
        lock (sweep.Gate)
        {
            if (sweep.AllEnded)
                throw new FailedPreconditionException("SWEEP_ENDED", $"{sweep.Record.Name} has ended.");
            sweep.Append(SweepEventTypes.CancelRequested, "The sweep was asked to end.");
            open = [.. sweep.Record.Trials.Where(plan => !TrialView.HasEnded(sweep.Trials[plan.Number - 1]))];
        }

        // The last first, so that none starts while those before it are cancelled.
        foreach (var plan in open.AsEnumerable().Reverse())
        {
            if (runs.TryGet(plan.Run) is { State: State.Queued or State.Running })
                trials.TryChange(() => queue.Cancel(plan.Run), plan.Run);
        }

        Refresh(sweep);
        Advance(sweep);
    }

    private void ResumeTrials(LiveSweep sweep)
    {
        var state = SweepView.Create(sweep, withTrials: false).State;
        if (state is not (State.Cancelled or State.Failed))
        {
            throw new FailedPreconditionException(
                "SWEEP_NOT_RESUMABLE",
                $"{sweep.Record.Name} is {state.ToString().ToUpperInvariant()}; only CANCELLED and FAILED ones go on.");
        }

        List<string> again;
        lock (sweep.Gate)
        {
            sweep.Append(SweepEventTypes.Resumed, "The sweep was asked to go on.");
            again =
            [
                .. sweep.Trials.Where(trial => trial.State is State.Failed or State.Cancelled)
                    .Select(trial => trial.Run["runs/".Length..]),
            ];
        }

        using var held = queue.Hold();
        foreach (var id in again.Where(id => runs.TryGet(id) is not null))
            trials.TryChange(() => queue.Resume(id, null), id);
        Refresh(sweep);
        Advance(sweep);
    }

    // A trial's run is named <sweep>-<number>, so its sweep is found even where the run is gone.
    private LiveSweep? Take(string runId)
    {
        var run = runs.TryGet(runId);
        var id = run is null ? runId[..Math.Max(0, runId.LastIndexOf('-'))]
            : run.Sweep.Length > 0 ? run.Sweep["sweeps/".Length..] : "";
        if (id.Length == 0 || sweeps.TryGet(id) is not { } sweep)
            return null;
        lock (sweep.Gate)
        {
            if (run is not null)
                sweep.Update(run);
            else if (sweep.IndexOf(runId) is var index and >= 0)
                sweep.Forget(index);
        }

        return sweep;
    }

    private void Refresh(LiveSweep sweep)
    {
        foreach (var run in runs.OfSweep(sweep.Record.Name))
        {
            lock (sweep.Gate)
                sweep.Update(run);
        }
    }

    private void Advance(LiveSweep sweep)
    {
        try
        {
            // What becomes due at once may train together.
            using var held = queue.Hold();
            lock (_steering)
            {
                if (sweeps.TryGet(sweep.Record.Id) is not null)
                {
                    StopWhenTimeIsUp(sweep);
                    trials.Retry(sweep);
                    trials.Promote(sweep);
                    trials.Make(sweep);
                    NoteEnd(sweep);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogStuck(e, sweep.Record.Id);
        }

        sweep.Pulse();
    }

    private static void NoteEnd(LiveSweep sweep)
    {
        lock (sweep.Gate)
        {
            if (!sweep.EndNoted && sweep.AllEnded)
                sweep.Append(SweepEventTypes.Ended, "Every trial has ended.");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Id} cannot go on now.")]
    private partial void LogStuck(Exception error, string id);
}
