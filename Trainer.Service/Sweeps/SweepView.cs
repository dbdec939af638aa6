using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Makes the message that callers get of a sweep.</summary>
internal static class SweepView
{
    /// <summary>The sweep as it is now.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="withTrials">Whether the trials are in it.</param>
    public static Sweep Create(LiveSweep sweep, bool withTrials)
    {
        lock (sweep.Gate)
        {
            var trials = sweep.Trials.Select((trial, i) => Shown(sweep, trial, i)).ToList();
            var record = sweep.Record;
            var view = new Sweep
            {
                Name = record.Name,
                DisplayName = record.DisplayName,
                State = StateOf(sweep, trials),
                Spec = record.Spec,
                TrialCount = trials.Count,
                EndedTrialCount = trials.Count(TrialView.HasEnded),
                FailedTrialCount = trials.Count(trial => trial.State == State.Failed),
                CreateTime = Timestamp.FromDateTimeOffset(record.CreateTime),
                StartTime = sweep.StartTime,
                LimitReached = sweep.LimitReached,
            };
            if (view.State is State.Succeeded or State.Failed or State.Cancelled)
                view.EndTime = sweep.EndTime;
            if (view.State == State.Failed)
            {
                view.Error = new Failure
                {
                    Reason = "ALL_TRIALS_FAILED",
                    Message = $"None of the {trials.Count} trials succeeded. The first one's error: "
                        + $"{trials.FirstOrDefault(trial => trial.Error is not null)?.Error.Message ?? "unknown"}",
                    Resumable = true,
                };
            }

            view.Best.AddRange(SweepBest.Of(record.Spec, SweepResults.Of(record.Spec, trials)));
            if (withTrials)
                view.Trials.AddRange(trials);
            return view;
        }
    }

    /// <summary>A trial as callers see it: one that was dropped before its run was made is cancelled.</summary>
    public static Trial Shown(LiveSweep sweep, Trial trial, int index)
    {
        if (sweep.EndNoted && sweep.IsPruned(index))
        {
            var pruned = trial.Clone();
            pruned.Pruned = true;
            return pruned;
        }

        if (!sweep.IsDropped(index))
            return trial;
        var dropped = trial.Clone();
        dropped.State = State.Cancelled;
        return dropped;
    }

    private static State StateOf(LiveSweep sweep, List<Trial> trials)
    {
        if (!sweep.AllEnded)
        {
            if (sweep.CancelRequested)
                return State.Cancelling;
            return trials.Any(trial => trial.State != State.Queued || trial.Step > 0) ? State.Running : State.Queued;
        }

        if (sweep.CancelRequested)
            return State.Cancelled;
        if (trials.Any(trial => trial.State == State.Succeeded))
            return State.Succeeded;
        return trials.Any(trial => trial.State == State.Failed) ? State.Failed : State.Cancelled;
    }
}
