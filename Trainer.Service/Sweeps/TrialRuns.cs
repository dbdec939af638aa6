using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>The runs that carry a sweep's trials out: made, tried again, sent further.</summary>
internal sealed partial class TrialRuns(
    RunStore runs, RunQueue queue, RunCreation creation, TimeProvider time, ILogger<TrialRuns> logger)
{
    /// <summary>Trials of a sweep that wait or train at once: ten thousand folders need not be there at once.</summary>
    private const int Window = 64;

    /// <summary>Queues those that failed once more.</summary>
    public void Retry(LiveSweep sweep)
    {
        IReadOnlyList<TrialPlan> due;
        lock (sweep.Gate)
            due = sweep.DueForRetry();
        foreach (var plan in due)
        {
            TryChange(() => queue.Resume(plan.Run, null), plan.Run);
            lock (sweep.Gate)
            {
                sweep.Append(
                    SweepEventTypes.Retried, $"Trial {plan.Number} failed and is tried again.", ("trial", plan.Number));
                if (runs.TryGet(plan.Run) is { } run)
                    sweep.Update(run);
            }
        }
    }

    /// <summary>Makes the next runs, a few at a time.</summary>
    public void Make(LiveSweep sweep)
    {
        lock (sweep.Gate)
        {
            if (sweep.IsStopping)
                return;
            var references = creation.NewReferences();
            foreach (var plan in sweep.NotMade().Take(Window - sweep.UnderWay).ToList())
            {
                if (runs.TryGet(plan.Run) is { } there)
                    sweep.Update(there);
                else
                    Make(sweep, plan, references);
            }
        }
    }

    private void Make(LiveSweep sweep, TrialPlan plan, RunReferences references)
    {
        var problems = new Violations();
        var given = SweepPlanner.SpecOf(sweep.Record.Spec, plan);
        var (spec, source) = creation.Complete(given, "spec.", problems, references);
        var record = new RunRecord(plan.Run, spec, source)
        {
            DisplayName = SweepTable.Describe(plan.Settings),
            CreateTime = time.GetUtcNow(),
            Sweep = sweep.Record.Name,
            Pack = TrialPacks.Of(sweep.Record, spec, BaseOf(spec, references)),
        };
        try
        {
            // A data set that was deleted meanwhile: the worker fails with the reason, and the sweep shows it.
            sweep.Update(queue.Add(record, sweep.Record.Order + plan.Number));
        }
        catch (AlreadyExistsException)
        {
            sweep.Update(runs.Get(plan.Run));
        }
        catch (ResourceExhaustedException)
        {
            // The queue is full; the next end of a run brings this here again.
        }
    }

    private static BaseModelFacts? BaseOf(RunSpec spec, RunReferences references) => spec.BaseModel.Length > 0
        ? references.BaseModel(spec.BaseModel, "base_model", new Violations())
        : null;

    /// <summary>Sends those on that are due for the next rung.</summary>
    public void Promote(LiveSweep sweep)
    {
        lock (sweep.Gate)
        {
            foreach (var (trial, rung, objective, steps) in sweep.DueForPromotion())
            {
                var id = trial.Run["runs/".Length..];
                sweep.Append(
                    SweepEventTypes.Promoted,
                    $"Trial {trial.Number} goes on to {steps} steps.",
                    ("trial", trial.Number),
                    ("rung", rung),
                    ("objective", objective));
                TryChange(() => sweep.Update(queue.Resume(id, steps)), id);
            }
        }
    }

    /// <summary>Changes a run that may have ended, or been deleted, a moment before.</summary>
    public void TryChange(Action change, string id)
    {
        try
        {
            change();
        }
        catch (PlatformException e)
        {
            // It ended, or was deleted, a moment before.
            LogMissed(e, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Run {Id} could not be changed any more.")]
    private partial void LogMissed(Exception error, string id);
}
