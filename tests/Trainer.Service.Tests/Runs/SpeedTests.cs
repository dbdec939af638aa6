using System.Diagnostics;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Runs;

public sealed class SpeedTests
{
    private const int Calls = 500;

    [Fact]
    public async Task GetRun_EveryProcessorBusyWithWorkers_AnswersWithWhatIsNew()
    {
        await using var suite = new Suite();
        suite.Script("fast", new() { ["StepMs"] = 1 });
        using var folder = new TempFolder();
        using var service = await TrainerProcess.StartAsync(suite.Root.Path);
        await service.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "fast", Spec = Suite.Spec(1_000_000) }, cancellationToken: Suite.Cancel);
        var busy = Enumerable.Range(0, Environment.ProcessorCount)
            .Select(_ => WorkerProcess.Start(new WorkerStart(["sh", "-c", "while :; do :; done"], folder["out"])))
            .ToList();
        var request = new GetRunRequest { Name = "runs/fast" };
        var times = new List<double>();
        long first, last;
        try
        {
            await Eventually.HoldsAsync(async () => (await GetAsync()).Step > 100);
            first = (await GetAsync()).Step;
            for (var i = 0; i < Calls; i++)
            {
                var clock = Stopwatch.GetTimestamp();
                await GetAsync();
                times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            }

            await Eventually.HoldsAsync(async () => (await GetAsync()).Step > first);
            last = (await GetAsync()).Step;
        }
        finally
        {
            foreach (var worker in busy)
                worker.Kill();
            await service.Runs.CancelRunAsync(
                new CancelRunRequest { Name = "runs/fast" }, cancellationToken: Suite.Cancel);
            await Eventually.HoldsAsync(async () => (await GetAsync()).State == State.Cancelled);
        }

        times.Sort();
        TestContext.Current.SendDiagnosticMessage(
            $"GetRun: median {times[Calls / 2]:F2} ms, p99 {times[Calls * 99 / 100]:F2} ms");
        Assert.True(last > first, $"GetRun stood still at step {first}.");

        async Task<Run> GetAsync() => (await service.Runs.GetRunAsync(request, cancellationToken: Suite.Cancel)).Run;
    }
}
