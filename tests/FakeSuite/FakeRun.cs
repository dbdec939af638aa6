using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite;

/// <summary>A run with its history: a made-up but plausible training.</summary>
/// <param name="run">The run as it is told.</param>
public sealed class FakeRun(Run run)
{
    private readonly Random _random = new(StableSeed(run.Name));

    /// <summary>The run as it is told.</summary>
    public Run Run { get; } = run;

    /// <summary>Lines of its metrics; the place of a line is a stream's cursor.</summary>
    public List<MetricPoint[]> Lines { get; } = [];

    /// <summary>Lines of its log.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Its samples, oldest first.</summary>
    public List<Sample> Samples { get; } = [];

    /// <summary>Its events, oldest first.</summary>
    public List<RunEvent> Events { get; } = [];

    /// <summary>Its checkpoints, newest first.</summary>
    public List<Checkpoint> Checkpoints { get; } = [];

    /// <summary>The loss that the training tends to.</summary>
    public double Floor { get; init; } = 2.6;

    /// <summary>Seconds a step takes.</summary>
    public double StepSeconds { get; init; } = 0.42;

    /// <summary>Notes that something happened.</summary>
    public void Happened(string type, string message, DateTime time, long? step = null)
    {
        var item = new RunEvent
        {
            Time = Timestamp.FromDateTime(time),
            Type = type,
            Message = message,
            Attempt = Run.Attempt,
        };
        if (step is { } at)
            item.Step = at;
        Events.Add(item);
    }

    /// <summary>Does one step at a moment.</summary>
    public void Step(DateTime time)
    {
        var step = Run.Step + 1;
        var (most, perStep) = (Run.Spec.MaxSteps, Run.Spec.Batch.TokensPerStep);
        var noise = _random.NextDouble() - 0.5;
        var curve = Floor + ((9.2 - Floor) * Math.Exp(-8.0 * step / (most + 60.0)));
        var loss = curve * (1 + (0.035 * noise)) + (step % 733 == 0 ? 1.4 : 0);
        var speed = perStep / StepSeconds * (1 + (0.06 * (_random.NextDouble() - 0.5)));
        var line = new List<MetricPoint>
        {
            Point("train_loss", loss),
            Point("learning_rate", Rate(step)),
            Point("gradient_norm", 0.5 + (2.2 * Math.Exp(-6.0 * step / most)) + (0.3 * _random.NextDouble())),
            Point("tokens_per_second", speed),
            Point("step_seconds", StepSeconds),
            Point("memory_bytes", 2.1e9 + (5e6 * _random.NextDouble())),
            Point("tokens", step * perStep),
        };
        Run.Step = step;
        Run.Tokens = step * perStep;
        Run.TrainLoss = loss;
        Run.TokensPerSecond = speed;
        Run.RemainingSeconds = (most - step) * StepSeconds;
        Log.Add($"step {step} | loss {loss:0.000000} | lr {Rate(step):0.0000e+00}"
            + $" | dt {StepSeconds * 1000:0.00}ms | tok/sec {speed:0.00}");
        if (step % 50 == 0 || step == most)
            Validate(curve * 1.012, line, step);
        Lines.Add([.. line]);
        if (step % 100 == 0)
            Write(time, step);

        MetricPoint Point(string series, double value) => new()
        {
            Series = series,
            Step = step,
            Value = value,
            Time = Timestamp.FromDateTime(time),
            Attempt = Run.Attempt,
        };

        void Validate(double value, List<MetricPoint> points, long at)
        {
            points.Add(Point("validation_loss", value));
            Log.Add($"{at} val {value:0.0000}");
            Run.ValidationLoss = value;
            if (!Run.HasBestValidationLoss || value < Run.BestValidationLoss)
                (Run.BestValidationLoss, Run.BestStep) = (value, at);
        }
    }

    /// <summary>Ends it.</summary>
    public void End(State state, StopReason reason, DateTime time)
    {
        (Run.State, Run.StopReason, Run.EndTime) = (state, reason, Timestamp.FromDateTime(time));
        Run.ClearRemainingSeconds();
        Run.ClearQueuePosition();
        if (Run.HasTrainLoss)
            Run.FinalLoss = Run.TrainLoss;
        Happened(state is State.Succeeded ? "finished" : "cancelled", $"Ended at step {Run.Step}.", time, Run.Step);
    }

    private void Write(DateTime time, long step)
    {
        Happened("checkpoint", $"Wrote the checkpoint of step {step}.", time, step);
        foreach (var older in Checkpoints)
            older.Best = false;
        Checkpoints.Insert(0, new()
        {
            Name = $"{Run.Name}@{step}",
            Step = step,
            SizeBytes = 4 * Run.ParameterCount,
            Best = true,
            CreateTime = Timestamp.FromDateTime(time),
            ValidationLoss = Run.ValidationLoss,
        });
        for (var i = 0; i < 2; i++)
        {
            Samples.Add(new()
            {
                Step = step,
                Index = i,
                Prompt = "Once upon a time",
                Text = i == 0
                    ? " there was a baker called Mira who lived by the river."
                        + " Every morning she carried warm bread to the old mill."
                    : " a small fox lost its way in the snow."
                        + " \"Come,\" said the miller, \"there is room by the fire.\"",
            });
        }
    }

    private double Rate(long step)
    {
        var (most, peak, warm) = (Run.Spec.MaxSteps, Run.Spec.Optimizer.LearningRate, Run.Spec.Optimizer.WarmupSteps);
        if (step < warm)
            return peak * step / warm;
        var share = (double)(step - warm) / Math.Max(1, most - warm);
        return (0.1 * peak) + (0.45 * peak * (1 + Math.Cos(Math.PI * Math.Min(1, share))));
    }

    // string.GetHashCode differs from process to process; a run must look the same each time.
    private static int StableSeed(string name) => name.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
}
