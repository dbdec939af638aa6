using System.Diagnostics.Metrics;
using Platform.Contracts.Common.V1;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Runs;

namespace Platform.TrainerHost.Telemetry;

/// <summary>
/// The last figures of every run that trains, each with the run's name: over OpenTelemetry where a collector is named,
/// and at <c>/metrics</c>. Workers are processes of their own; the service reads what they write anyway, and answers
/// from that when it is asked. A run that has ended is no longer told.
/// </summary>
internal sealed class TrainingInstruments
{
    private readonly Meter _meter;
    private readonly RunStore _runs;

    public TrainingInstruments(IMeterFactory factory, RunStore runs, PendingRuns pending)
    {
        _runs = runs;
        _meter = factory.Create("Platform.Trainer");
        Observe("step", "{step}", "Optimizer steps done.", run => run.Figures.Step);
        Observe("tokens", "{token}", "Tokens trained on.", run => run.Figures.Tokens);
        Observe("train_loss", "{nat}", "Loss of the last step, in nats a token.", run => run.Figures.TrainLoss);
        Observe("validation_loss", "{nat}", "The last validation loss, in nats a token.", run => run.ValidationLoss);
        Observe("learning_rate", "1", "The last step's learning rate.", run => run.Figures.LearningRate);
        Observe(
            "gradient_norm", "1", "The last step's gradients' global norm before clipping.",
            run => run.Figures.GradientNorm);
        Observe(
            "tokens_per_second", "{token}/s", "Mean over the last 10 steps.", run => run.Figures.TokensPerSecond);
        Observe("mfu", "1", "Model FLOPs utilisation, mean over the last 10 steps.", run => run.Figures.Mfu);
        Observe("memory", "By", "Resident memory of the first rank.", run => run.Figures.MemoryBytes);
        _meter.CreateObservableGauge(
            "platform.trainer.running", () => Running().Count(), "{run}", "Runs that train.");
        _meter.CreateObservableGauge(
            "platform.trainer.queued", () => pending.Count, "{run}", "Runs that wait for their turn.");
    }

    private void Observe(string name, string unit, string description, Func<RunHistory, double?> figure) =>
        _meter.CreateObservableGauge($"platform.trainer.run.{name}", () => Measure(figure), unit, description);

    private List<Measurement<double>> Measure(Func<RunHistory, double?> figure)
    {
        var measurements = new List<Measurement<double>>();
        foreach (var run in Running())
        {
            lock (run.Gate)
            {
                if (figure(run.History) is { } value)
                    measurements.Add(new(value, new KeyValuePair<string, object?>("run", run.Record.Name)));
            }
        }

        return measurements;
    }

    private IEnumerable<LiveRun> Running() =>
        _runs.InMemory.Where(run => run.Current.State is State.Running or State.Cancelling);
}
