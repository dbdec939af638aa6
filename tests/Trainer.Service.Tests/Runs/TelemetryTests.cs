using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Contracts.Common.V1;
using Platform.StandIn;
using Platform.Trainer.Service.Tests.Hosting;

namespace Platform.Trainer.Service.Tests.Runs;

/// <summary>Training's figures as OpenTelemetry's instruments, which /metrics shows too.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_RunTrains_HaveItsLastFiguresUntilItEnds()
    {
        await using var suite = Suite.Start(s => s.Script("watched", new JsonObject { ["HoldAt"] = 6 }));
        var name = await suite.CreateAsync("watched");
        await suite.UntilStepAsync(name, 5);
        var rate = (await suite.GetAsync(name)).Spec.Optimizer.LearningRate;
        await suite.CreateAsync("waiting");

        var metrics = await suite.MetricsAsync();

        Assert.Equal(5, Value(metrics, "platform_trainer_run_step"));
        Assert.Equal(StandInWorker.LossOf(5, rate), Value(metrics, "platform_trainer_run_train_loss")!.Value, 1e-9);
        Assert.Equal(rate, Value(metrics, "platform_trainer_run_learning_rate"));
        Assert.Equal(0.5, Value(metrics, "platform_trainer_run_gradient_norm"));
        Assert.Equal(0.25, Value(metrics, "platform_trainer_run_mfu"));
        Assert.NotNull(Value(metrics, "platform_trainer_run_tokens_per_second"));
        Assert.NotNull(Value(metrics, "platform_trainer_run_validation_loss"));
        Assert.Contains(
            metrics.Split('\n'),
            line => line.StartsWith("platform_trainer_running", StringComparison.Ordinal)
                && line.Contains(" 1", StringComparison.Ordinal));

        suite.Go("watched");
        // Collectors ask until the very moment at which it ends: no answer is kept for the next one who asks.
        await Eventually.HoldsAsync(
            async () =>
            {
                await suite.MetricsAsync();
                return (await suite.GetAsync(name)).State == State.Succeeded;
            },
            text: "the run has ended");
        Assert.Null(Value(await suite.MetricsAsync(), "platform_trainer_run_step"));
        await suite.UntilAsync("runs/waiting", State.Succeeded);
    }

    // "name{otel_scope…,run="runs/watched"} value [time]"; a unit may stand behind the name.
    private static double? Value(string metrics, string name)
    {
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)
            && line.Contains("run=\"runs/watched\"", StringComparison.Ordinal));
        return line is null
            ? null
            : double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
