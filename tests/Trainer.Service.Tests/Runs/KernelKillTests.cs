using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;

namespace Platform.Trainer.Service.Tests.Runs;

/// <summary>On a processor it is the kernel that says that memory is out, by killing the worker.</summary>
[Collection(nameof(AloneCollection))]
public sealed class KernelKillTests
{
    // A worker before its first batch has about 300 MiB; the micro-batch that it is given takes 1.2 GiB more.
    private const long Limit = 1100L << 20;

    [Fact]
    public async Task Run_KernelKillsTheWorker_NextAttemptTakesFewerSequences()
    {
        await using var cage = MemoryCage.Create(Limit);
        using var data = new TinyRun(MemoryBackOffTests.Configure);
        data.WriteDataset("tiny", TinyRun.Sentences(2000), TinyRun.Sentences(20));
        var spec = data.Spec_.Clone();
        spec.MaxSteps = 1;
        spec.Optimizer.WarmupSteps = 0; // The service refuses a warm-up that is longer than the run.
        spec.MaxRestarts = 0; // A back-off is no restart that went wrong.
        spec.Recovery = new RecoverySpec { OomBackoff = true };
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true, prefix: cage.Prefix);

        await service.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "large", Spec = spec, Force = true }, cancellationToken: Suite.Cancel);
        var run = await service.FinishAsync("runs/large");

        Assert.Equal((State.Succeeded, 1), (run.State, run.Step));
        var events = (await service.Runs.ListEventsAsync(
            new ListEventsRequest { Run = run.Name }, cancellationToken: Suite.Cancel)).Events;
        Assert.Contains("out of memory", events.First(e => e.Type == "worker_died").Message, StringComparison.Ordinal);
        var backOffs = events.Where(e => e.Type == "memory_backed_off").ToList();
        Assert.Contains("64 sequences at once in place of 128", backOffs[0].Message, StringComparison.Ordinal);
        Assert.Equal(backOffs.Count + 1, run.Attempt);
    }
}
