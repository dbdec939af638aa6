using System.Diagnostics;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.Eval.Service.Tests;

/// <summary>What happens to evaluations when workers and services end.</summary>
public sealed class WorkerLifeTests : IDisposable
{
    private const int ManyItems = 500;

    private readonly TempFolder _root = new();

    public WorkerLifeTests()
    {
        EvalApp.WriteModel(_root.Path);
        EvalApp.WriteItems(_root.Path, "many", ManyItems);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task CancelAndResume_Evaluation_KeepsWhatWasGradedAndEndsWithTheSameFigures()
    {
        using var app = new EvalApp(_root.Path);
        var whole = await app.CreateAsync(EvalApp.Request("whole", "datasets/many"));
        var parted = await app.CreateAsync(EvalApp.Request("parted", "datasets/many"));
        await app.WaitAsync(parted.Name, evaluation => evaluation.ExampleCount > 0);

        await app.Client.CancelEvaluationAsync(new() { Name = parted.Name }, cancellationToken: Token);
        var cancelled = await app.WaitForEndAsync(parted.Name);

        Assert.Equal(State.Cancelled, cancelled.State);
        Assert.InRange(cancelled.ExampleCount, 1, ManyItems - 1);
        Assert.Equal(cancelled.ExampleCount, (await app.ExamplesAsync(parted.Name)).Count);
        await EvalApp.ThrowsAsync(
            StatusCode.FailedPrecondition,
            () => app.Client.CancelEvaluationAsync(new() { Name = parted.Name },
                cancellationToken: Token).ResponseAsync);

        await app.Client.ResumeEvaluationAsync(new() { Name = parted.Name }, cancellationToken: Token);
        await AssertSameAsync(app, whole.Name, parted.Name);
        Assert.Contains(Events("parted"), line => line.Contains("\"resumed\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancel_Queued_EndsAtOnceAndNeverStarts()
    {
        using var app = new EvalApp(_root.Path);
        var first = await app.CreateAsync(EvalApp.Request("first", "datasets/many"));
        var second = await app.CreateAsync(EvalApp.Request("second", "datasets/many"));

        await EvalApp.ThrowsAsync(
            StatusCode.FailedPrecondition,
            () => app.Client.DeleteEvaluationAsync(new() { Name = first.Name },
                cancellationToken: Token).ResponseAsync);
        var answer = await app.Client.CancelEvaluationAsync(new() { Name = second.Name }, cancellationToken: Token);

        Assert.Equal(State.Cancelled, answer.Evaluation.State);
        Assert.Null(answer.Evaluation.StartTime);
        await app.Client.CancelEvaluationAsync(new() { Name = first.Name }, cancellationToken: Token);
        Assert.Equal(State.Cancelled, (await app.WaitForEndAsync(first.Name)).State);
    }

    [Fact]
    public async Task Worker_Killed_IsRestartedAndEndsWithTheSameFigures()
    {
        using var app = new EvalApp(_root.Path);
        var killed = await app.CreateAsync(EvalApp.Request("killed", "datasets/many"));
        await app.WaitAsync(killed.Name, evaluation => evaluation.ExampleCount > 0);

        KillWorker("killed");

        var whole = await app.CreateAsync(EvalApp.Request("whole", "datasets/many"));
        await AssertSameAsync(app, whole.Name, killed.Name);
        Assert.Contains(Events("killed"), line => line.Contains("\"worker_died\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Worker_DiesAgainAndAgain_FailsAndCanBeResumed()
    {
        using var app = new EvalApp(_root.Path, ("Eval:MaxRestarts", "1"));
        var created = await app.CreateAsync(EvalApp.Request("doomed", "datasets/many"));
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            // Its program has hardly begun when it is killed, so nothing is graded.
            await app.WaitAsync(
                created.Name,
                evaluation => evaluation.State == State.Running && WorkerOf("doomed")?.Attempt == attempt);
            KillWorker("doomed");
        }

        var failed = await app.WaitForEndAsync(created.Name);
        await app.Client.ResumeEvaluationAsync(new() { Name = created.Name }, cancellationToken: Token);
        var ended = await app.WaitForEndAsync(created.Name);

        Assert.Equal((State.Failed, "WORKER_DIED", true), (failed.State, failed.Error.Reason, failed.Error.Resumable));
        Assert.Contains("signal 9", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal((State.Succeeded, ManyItems), (ended.State, ended.ExampleCount));
        Assert.Null(ended.Error);
    }

    [Fact]
    public async Task Service_Restarted_GoesOnAndEndsWithTheSameFigures()
    {
        Evaluation created;
        using (var app = new EvalApp(_root.Path))
        {
            created = await app.CreateAsync(EvalApp.Request("moved", "datasets/many"));
            await app.WaitAsync(created.Name, evaluation => evaluation.ExampleCount > 0);
        }

        Assert.Null(ProcessIdentity.Of(WorkerOf("moved")!.Pid));
        using var restarted = new EvalApp(_root.Path);
        var whole = await restarted.CreateAsync(EvalApp.Request("whole", "datasets/many"));

        await AssertSameAsync(restarted, whole.Name, created.Name);
        Assert.DoesNotContain(Events("moved"), line => line.Contains("\"worker_died\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Service_StartedWhileAWorkerRuns_TakesItUp()
    {
        // As if an earlier life of the service had started the worker and was killed before it wrote of it.
        using (var app = new EvalApp(_root.Path))
        {
            var first = await app.CreateAsync(EvalApp.Request("blocker", "datasets/many"));
            await app.CreateAsync(EvalApp.Request("orphan", "datasets/many"));
            await app.Client.CancelEvaluationAsync(new() { Name = "evaluations/orphan" }, cancellationToken: Token);
            await app.Client.CancelEvaluationAsync(new() { Name = first.Name }, cancellationToken: Token);
            await app.WaitForEndAsync(first.Name);
        }

        using (var events = new JsonLinesWriter(_root["evals/orphan/events.jsonl"]))
            events.Append(Platform.EvalHost.Evaluations.EvaluationEvents.New("queued", "", DateTimeOffset.UtcNow));
        using var worker = StartWorker("orphan", new Dictionary<string, string?>());

        using var restarted = new EvalApp(_root.Path);
        var ended = await restarted.WaitForEndAsync("evaluations/orphan");

        Assert.Equal((State.Succeeded, ManyItems), (ended.State, ended.ExampleCount));
        Assert.Equal(worker.Identity.Pid, WorkerOf("orphan")!.Pid);
        Assert.Single(Events("orphan"), line => line.Contains("\"finished\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_ToldToEndOrAppHostGone_NotesItAndEndsWith75(bool appHostGone)
    {
        EvalApp.WriteItems(_root.Path, "endless", 5000);
        using (var app = new EvalApp(_root.Path))
        {
            var blocker = await app.CreateAsync(EvalApp.Request("blocker", "datasets/many"));
            await app.CreateAsync(EvalApp.Request("e", "datasets/endless"));
            await app.Client.CancelEvaluationAsync(new() { Name = "evaluations/e" }, cancellationToken: Token);
            await app.Client.CancelEvaluationAsync(new() { Name = blocker.Name }, cancellationToken: Token);
            await app.WaitForEndAsync(blocker.Name);
        }

        using var appHost = Process.Start("sleep", "1000");
        var identity = ProcessIdentity.Of(appHost.Id)!.Value;
        using var worker = StartWorker("e", new Dictionary<string, string?>
        {
            ["PLATFORM_APPHOST_PID"] = $"{identity.Pid}",
            ["PLATFORM_APPHOST_START"] = $"{identity.StartTicks}",
        });
        await WaitForItemAsync("e");

        if (appHostGone)
            appHost.Kill();
        else
            worker.Terminate();
        var exit = await worker.Exited.WaitAsync(TimeSpan.FromMinutes(1), Token);
        if (!appHostGone)
            appHost.Kill();

        Assert.Equal(75, exit.Code);
        Assert.Contains(
            appHostGone ? "the suite that this worker belongs to has ended" : "SIGTERM received",
            Events("e")[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_FolderDeletedByHand_IsNotFound()
    {
        using var app = new EvalApp(_root.Path);
        EvalApp.WriteItems(_root.Path, "few", 2);
        var created = await app.CreateAsync(EvalApp.Request("gone", "datasets/few"));
        await app.WaitForEndAsync(created.Name);

        Directory.Delete(_root["evals/gone"], recursive: true);

        await EvalApp.ThrowsAsync(StatusCode.NotFound, () => app.GetAsync(created.Name));
    }

    private static async Task AssertSameAsync(EvalApp app, string first, string second)
    {
        var (a, b) = (await app.WaitForEndAsync(first), await app.WaitForEndAsync(second));
        Assert.Equal((State.Succeeded, State.Succeeded), (a.State, b.State));
        Assert.Equal((ManyItems, ManyItems), (a.ExampleCount, b.ExampleCount));
        Assert.Equal(a.Metrics, b.Metrics);
        Assert.Equal(await app.ExamplesAsync(first), await app.ExamplesAsync(second));
    }

    private WorkerProcess StartWorker(string id, Dictionary<string, string?> environment)
    {
        var folder = _root["evals/" + id];
        var command = WorkerCommand.Create(
            typeof(Program).Assembly,
            [],
            "worker", "--evaluation", folder, "--data-root", _root.Path, "--attempt", "1");
        return WorkerProcess.Start(
            new WorkerStart(command, Path.Combine(folder, "log.txt")) { Environment = environment });
    }

    // Returns when the first item is graded.
    private async Task WaitForItemAsync(string id)
    {
        var path = _root[$"evals/{id}/items.jsonl"];
        using var watcher = new FileSystemWatcher(_root["evals/" + id]);
        while (!File.Exists(path) || new FileInfo(path).Length == 0)
            await Task.Run(() => watcher.WaitForChanged(WatcherChangeTypes.All, timeout: 1000), Token);
    }

    private WorkerFile? WorkerOf(string id) => WorkerFile.TryRead(_root["evals/" + id]);

    private string[] Events(string id) => File.ReadAllLines(_root[$"evals/{id}/events.jsonl"]);

    private void KillWorker(string id)
    {
        using var process = Process.GetProcessById(WorkerOf(id)!.Pid);
        process.Kill();
    }
}
