using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Runs;

/// <summary>Makes the message that callers get of a run.</summary>
internal static class RunView
{
    /// <summary>The run as its record and its history have it; without a place in the queue.</summary>
    public static Run Create(RunRecord record, RunHistory history)
    {
        var figures = history.Figures;
        var run = new Run
        {
            Name = record.Name,
            DisplayName = record.DisplayName,
            Tags = { record.Tags },
            State = history.State,
            Error = history.Error,
            // Shared, since neither is changed once it is here.
            Spec = record.Spec,
            Sweep = record.Sweep,
            Step = figures.Step,
            Tokens = figures.Tokens,
            ParameterCount = history.ParameterCount,
            TrainableParameterCount = history.TrainableParameterCount,
            Attempt = history.Attempt,
            PackSize = history.PackSize,
            StopReason = StopReasonOf(record, history),
            Device = history.Device,
            CreateTime = Timestamp.FromDateTimeOffset(record.CreateTime),
            StartTime = history.StartTime?.ToTimestamp(),
            EndTime = history.EndTime?.ToTimestamp(),
            Estimate = record.Estimate,
            Usage = history.Tally.ToMessage(),
        };
        Set(figures.TrainLoss, value => run.TrainLoss = value);
        Set(history.ValidationLoss, value => run.ValidationLoss = value);
        Set(history.InitialValidationLoss, value => run.InitialValidationLoss = value);
        Set(history.BestValidationLoss, value => run.BestValidationLoss = value);
        Set(history.FinalLoss, value => run.FinalLoss = value);
        Set(history.BitsPerByte, value => run.BitsPerByte = value);
        Set(history.HellaSwagAccuracy, value => run.HellaswagAccuracy = value);
        Set(figures.Mfu, value => run.Mfu = value);
        if (history.BestStep is { } best)
            run.BestStep = best;
        Set(figures.TokensPerSecond, value => run.TokensPerSecond = value);
        if (history.State == State.Running && figures.SecondsPerStep is { } seconds)
            run.RemainingSeconds = Math.Max(0, record.Spec.MaxSteps - figures.Step) * seconds;
        return run;
    }

    // A trial's steps are fewer than its schedule's only until it is sent further.
    private static StopReason StopReasonOf(RunRecord record, RunHistory history) =>
        history.StopReason == StopReason.Completed && record.Sweep.Length > 0
        && record.Spec.Optimizer is { HasScheduleSteps: true } optimizer
        && optimizer.ScheduleSteps > record.Spec.MaxSteps
            ? StopReason.Pruned
            : history.StopReason;

    private static void Set(double? value, Action<double> setter)
    {
        if (value is { } number)
            setter(number);
    }
}
