using System.Text.Json.Nodes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.Trainer.Service.Tests.Runs;

/// <summary>What a start finds: every state, with the worker alive, dead, or done while the service was away.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task OrderlyStop_RunTrains_IsQueuedAndGoesOnAtTheNextStart()
    {
        await using var suite = Suite.Start(s => s.Script("kept", new() { ["HoldAt"] = 8 }));
        var name = await suite.CreateAsync("kept");
        await suite.UntilStepAsync(name, 7);
        await suite.StopServiceAsync();
        Assert.True(File.Exists(Path.Combine(suite.FolderOf(name), "checkpoints/step-00000007/complete.json")));
        Assert.False(WorkerFile.TryRead(suite.FolderOf(name))!.Identity.IsAlive);
        suite.Go("kept");
        suite.StartService();

        var run = await suite.UntilAsync(name, State.Succeeded);
        Assert.Equal((10, 2), (run.Step, run.Attempt));
        Assert.DoesNotContain("worker_died", await suite.EventTypesAsync(name));
    }

    [Fact]
    public async Task ServiceKilled_WorkerTrainsOn_IsFoundAgainAndFollowedToItsEnd()
    {
        await using var suite = new Suite();
        suite.Script("orphan", new() { ["HoldAt"] = 6 });
        int worker;
        using (var service = await TrainerProcess.StartAsync(suite.Root.Path))
        {
            await service.Runs.CreateRunAsync(
                new CreateRunRequest { RunId = "orphan", Spec = Suite.Spec() }, cancellationToken: Suite.Cancel);
            await Eventually.HoldsAsync(() => MetricLines(suite, "orphan") >= 6);
            worker = WorkerFile.TryRead(suite.FolderOf("runs/orphan"))!.Pid;
            service.Kill();
        }

        Assert.NotNull(ProcessIdentity.Of(worker));
        suite.StartService();
        Assert.Equal(State.Running, (await suite.GetAsync("runs/orphan")).State);
        suite.Go("orphan");
        var run = await suite.UntilAsync("runs/orphan", State.Succeeded);
        Assert.Equal((10, 1), (run.Step, run.Attempt));
    }

    [Fact]
    public async Task ServiceKilled_WorkerKilledToo_GoesOnFromTheCheckpoint()
    {
        await using var suite = new Suite();
        suite.Script("both", new() { ["HoldAt"] = 7 });
        using (var service = await TrainerProcess.StartAsync(suite.Root.Path))
        {
            await service.Runs.CreateRunAsync(
                new CreateRunRequest { RunId = "both", Spec = Suite.Spec() }, cancellationToken: Suite.Cancel);
            await Eventually.HoldsAsync(() => MetricLines(suite, "both") >= 7);
            service.Kill();
        }

        var identity = WorkerFile.TryRead(suite.FolderOf("runs/both"))!.Identity;
        using (var worker = WorkerProcess.TryAdopt(identity)!)
        {
            worker.Kill();
            await worker.Exited.WaitAsync(TimeSpan.FromSeconds(20), Suite.Cancel);
        }

        suite.Go("both");
        suite.StartService();
        var run = await suite.UntilAsync("runs/both", State.Succeeded);
        Assert.Equal((10, 2), (run.Step, run.Attempt));
        Assert.Contains("worker_died", await suite.EventTypesAsync("runs/both"));
    }

    [Fact]
    public async Task Service_WhileARunTrains_NeverLoadsLibtorch()
    {
        await using var suite = new Suite();
        using var service = await TrainerProcess.StartAsync(suite.Root.Path);
        await service.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "small", Spec = Suite.Spec() }, cancellationToken: Suite.Cancel);
        await Eventually.HoldsAsync(() => File.Exists(
            Path.Combine(suite.FolderOf("runs/small"), "checkpoints/step-00000010/complete.json")));
        var maps = await File.ReadAllTextAsync($"/proc/{service.Pid}/maps", Suite.Cancel);

        Assert.DoesNotContain("libtorch", maps, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("libLibTorchSharp", maps, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("finished", State.Succeeded, "finished")]
    [InlineData("failed", State.Failed, "failed")]
    [InlineData("stopped", State.Succeeded, "queued")]
    [InlineData("", State.Succeeded, "worker_died")]
    public async Task Start_RunningWorkerGone_DependsOnItsLastWord(string lastWord, State state, string next)
    {
        await using var suite = new Suite();
        Prepare(suite, "away", ("started", 1), (lastWord, 1));
        suite.StartService();

        var run = await suite.UntilAsync("runs/away", state);
        Assert.Equal(lastWord is "finished" or "failed" ? 1 : 2, run.Attempt);
        var types = await suite.EventTypesAsync("runs/away");
        Assert.Equal(next, types.SkipWhile(type => type != "started").Skip(lastWord == "stopped" ? 2 : 1).First());
    }

    [Fact]
    public async Task Start_CancellingWorkerGone_IsCancelled()
    {
        await using var suite = new Suite();
        Prepare(suite, "ending", ("started", 1), ("cancel_requested", 0));
        suite.StartService();

        Assert.Equal(State.Cancelled, (await suite.GetAsync("runs/ending")).State);
    }

    [Fact]
    public async Task Start_DiedTooOften_Fails()
    {
        await using var suite = new Suite();
        Prepare(
            suite, "often", ("started", 1), ("worker_died", 1), ("started", 2), ("worker_died", 2), ("started", 3),
            ("worker_died", 3), ("started", 4));
        suite.StartService();

        var run = await suite.GetAsync("runs/often");
        Assert.Equal((State.Failed, "WORKER_DIED", true), (run.State, run.Error.Reason, run.Error.Resumable));
    }

    [Fact]
    public async Task Start_MachineWentDown_DoesNotCountAsADeath()
    {
        await using var suite = new Suite();
        Prepare(
            suite, "power", ("started", 1), ("worker_died", 1), ("started", 2), ("worker_died", 2), ("started", 3),
            ("worker_died", 3), ("started", 4));
        new WorkerFile(1, 1, 4, MachineBoot.Time!.Value.AddHours(-1)).Write(suite.FolderOf("runs/power"));
        suite.StartService();

        Assert.Equal(5, (await suite.UntilAsync("runs/power", State.Succeeded)).Attempt);
    }

    [Fact]
    public async Task Start_QueuedRuns_KeepTheirOrder()
    {
        await using var suite = new Suite();
        Prepare(suite, "second", 20);
        Prepare(suite, "first", 10);
        Prepare(suite, "third", 30);
        suite.Script("default", new() { ["HoldAt"] = 1 });
        suite.StartService();

        await suite.UntilAsync("runs/first", State.Running);
        Assert.Equal(1, (await suite.GetAsync("runs/second")).QueuePosition);
        Assert.Equal(2, (await suite.GetAsync("runs/third")).QueuePosition);
    }

    private static int MetricLines(Suite suite, string id) =>
        Path.Combine(suite.Root.Runs, id, "metrics.jsonl") is var path && File.Exists(path)
            ? File.ReadLines(path).Count()
            : 0;

    private static void Prepare(Suite suite, string id, params (string Type, int Attempt)[] events) =>
        Prepare(suite, id, 1, events);

    /// <summary>A run's folder as an earlier life of the service left it.</summary>
    private static void Prepare(Suite suite, string id, long order, params (string Type, int Attempt)[] events)
    {
        var folder = Path.Combine(suite.Root.Runs, id);
        var template = """
            {"format_version": 1, "id": "ID", "display_name": "", "tags": [], "request_id": "", "sweep": "",
             "create_time": "2026-01-02T03:04:05.678Z", "base": {"kind": "new"},
             "spec": {"dataset": "datasets/letters", "max_steps": "10", "max_restarts": 3,
               "optimizer": {"learning_rate": 0.1}, "checkpoint": {"interval": "5"},
               "evaluation": {"validation_interval": "5"}}}
            """;
        AtomicFile.WriteText(Path.Combine(folder, "run.json"), template.Replace("ID", id, StringComparison.Ordinal));
        using var writer = new JsonLinesWriter(Path.Combine(folder, "events.jsonl"));
        foreach (var (type, attempt) in events.Prepend(("queued", 0)).Where(item => item.Item1.Length > 0))
        {
            var line = new JsonObject
            {
                ["time"] = "2026-01-02T03:04:06.000Z",
                ["type"] = type,
                ["message"] = type,
                ["order"] = order,
            };
            if (attempt > 0)
                line["attempt"] = attempt;
            writer.Append(line);
        }
    }
}
