using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.Tokenizer.Service.Tests.Jobs;

public sealed class JobQueueTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<JobQueue<FakeWork>> _queues = [];

    [Fact]
    public async Task Create_Job_RunsAndSucceedsWithItsFiles()
    {
        var (queue, work) = await StartAsync();
        var created = Create(queue, "one");
        Assert.Equal(JobState.Queued, created.State);
        work.Finish("one");

        var states = new List<JobState>();
        Job? last = null;
        await foreach (var job in queue.WatchAsync("one", Deadline()))
        {
            states.Add(job.State);
            last = job;
        }

        Assert.Equal(JobState.Succeeded, last!.State);
        Assert.Equal(states.Order(), states);
        Assert.NotNull(last.StartTime);
        Assert.NotNull(last.EndTime);
        Assert.Null(last.Progress);
        Assert.True(work.IsComplete(queue.FolderOf("one")));
        Assert.Equal(5, queue.Find("one")!.Spec.GetProperty("size").GetInt32());
    }

    [Fact]
    public async Task WatchAsync_RunningJob_TellsItsProgress()
    {
        var (queue, work) = await StartAsync();
        Create(queue, "one");

        var job = await WaitAsync(queue, "one", found => found.Progress is { Phase: "writing" });

        Assert.Equal((5, 10, "bytes"), (job.Progress!.Done, job.Progress.Total, job.Progress.Unit));
        work.Finish("one");
        await WaitAsync(queue, "one", found => found.State == JobState.Succeeded);
    }

    [Fact]
    public async Task Create_TwoJobs_RunOneAfterTheOther()
    {
        var (queue, work) = await StartAsync();
        Create(queue, "one");
        Create(queue, "two");
        await WaitAsync(queue, "one", job => job.State == JobState.Running);
        Assert.Equal(JobState.Queued, queue.Find("two")!.State);

        work.Finish("one");
        await WaitAsync(queue, "two", job => job.State == JobState.Running);
        work.Finish("two");

        await WaitAsync(queue, "two", job => job.State == JobState.Succeeded);
        Assert.Equal(["one", "two"], work.Started);
        Assert.Equal(["two", "one"], queue.List().Select(job => job.Id));
    }

    [Fact]
    public async Task Cancel_RunningJob_EndsItAndRemovesItsParts()
    {
        var (queue, _) = await StartAsync();
        Create(queue, "one");
        await WaitAsync(queue, "one", job => job.Progress is not null);

        Assert.Equal(JobState.Cancelling, queue.Cancel("one").State);

        var job = await WaitAsync(queue, "one", found => found.HasEnded);
        Assert.Equal(JobState.Cancelled, job.State);
        Assert.Equal([Job.FileName], FilesOf(queue, "one"));
        Assert.Equal(JobState.Cancelled, queue.Cancel("one").State);
    }

    [Fact]
    public async Task Cancel_QueuedJob_NeverStarts()
    {
        var (queue, work) = await StartAsync();
        Create(queue, "one");
        Create(queue, "two");
        Create(queue, "three");

        Assert.Equal(JobState.Cancelled, queue.Cancel("two").State);
        work.Finish("one");
        work.Finish("three");

        await WaitAsync(queue, "three", job => job.HasEnded);
        Assert.Equal(["one", "three"], work.Started);
    }

    [Theory]
    [InlineData("platform", "WRONG", "the reason")]
    [InlineData("disk", "IO_ERROR", "disk full")]
    [InlineData("bug", "INTERNAL", "under the id")]
    public async Task RunAsync_WorkFails_TellsWhyAndRemovesItsParts(string kind, string reason, string message)
    {
        var (queue, work) = await StartAsync();
        Create(queue, "one");
        work.Finish("one", () => throw (kind switch
        {
            "platform" => new FailedPreconditionException("WRONG", "the reason"),
            "disk" => new IOException("disk full"),
            _ => new InvalidOperationException("a secret"),
        }));

        var job = await WaitAsync(queue, "one", found => found.HasEnded);

        Assert.Equal(JobState.Failed, job.State);
        Assert.Equal(reason, job.Error!.Reason);
        Assert.Contains(message, job.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", job.Error.Message, StringComparison.Ordinal);
        Assert.Equal([Job.FileName], FilesOf(queue, "one"));
    }

    [Fact]
    public async Task StartAsync_AfterAStopInOrder_RunsTheJobAnew()
    {
        var (first, _) = await StartAsync();
        Create(first, "one");
        Create(first, "two");
        await WaitAsync(first, "one", job => job.Progress is not null);
        await first.StopAsync(Deadline());
        Assert.Equal(JobState.Queued, first.Find("one")!.State);
        Assert.Equal([Job.FileName], FilesOf(first, "one"));

        var (second, work) = await StartAsync();
        work.Finish("one");
        work.Finish("two");

        await WaitAsync(second, "two", job => job.State == JobState.Succeeded);
        Assert.Equal(["one", "two"], work.Started);
        Assert.Equal(JobState.Succeeded, second.Find("one")!.State);
    }

    [Fact]
    public async Task StartAsync_AfterAKill_RunsTheJobAnewWithoutTheOldParts()
    {
        var (first, _) = await StartAsync();
        Create(first, "one");
        await WaitAsync(first, "one", job => job.Progress is not null);
        // What a killed process leaves: the file says RUNNING, and parts lie about.
        var killed = new TempFolder();
        CopyFolder(first.FolderOf("one"), Path.Combine(killed.Path, "datasets", "one"));
        await File.WriteAllTextAsync(Path.Combine(killed.Path, "datasets", "one", "old.bin"), "x", Deadline());

        var (second, work) = await StartAsync(killed.Path);
        work.Finish("one");

        await WaitAsync(second, "one", job => job.State == JobState.Succeeded);
        Assert.Equal(["job.json", "manifest.json", "part.bin"], FilesOf(second, "one"));
        await second.StopAsync(Deadline());
        killed.Dispose();
    }

    [Fact]
    public async Task Cancel_JobThatAKillInterrupted_EndsItBeforeItsTurn()
    {
        // Guards against taking a job whose file says RUNNING for one whose work can be told to end; and against a
        // restart that turned the order of jobs asked for at the same time, so that the second ran before the first.
        var (first, _) = await StartAsync();
        Create(first, "one");
        await WaitAsync(first, "one", job => job.Progress is not null);
        using var killed = new TempFolder();
        foreach (var id in new[] { "one", "two" })
        {
            CopyFolder(first.FolderOf("one"), Path.Combine(killed.Path, "datasets", id));
        }

        var (second, work) = await StartAsync(killed.Path);

        Assert.Equal(JobState.Cancelled, second.Cancel("two").State);
        work.Finish("one");
        await WaitAsync(second, "one", job => job.State == JobState.Succeeded);
        Assert.Equal(["one"], work.Started);
        await second.StopAsync(Deadline());
    }

    [Fact]
    public async Task Create_SameRequestId_AnswersTheFirstJobEvenAfterARestart()
    {
        var (first, work) = await StartAsync();
        Create(first, "one", "request-1");
        Assert.Equal("one", Create(first, "two", "request-1").Id);
        work.Finish("one");
        await WaitAsync(first, "one", job => job.HasEnded);

        var (second, _) = await StartAsync();

        Assert.Equal("one", Create(second, "three", "request-1").Id);
        Assert.Equal(["one"], second.List().Select(job => job.Id));
    }

    [Fact]
    public async Task Create_TakenId_IsRefused()
    {
        var (queue, _) = await StartAsync();
        Create(queue, "one");

        Assert.Throws<AlreadyExistsException>(() => Create(queue, "one"));
        Assert.Single(Directory.GetDirectories(_folder["datasets"]));
    }

    [Fact]
    public async Task Create_TooMany_AreRefused()
    {
        var (queue, _) = await StartAsync();
        Create(queue, "first");
        await WaitAsync(queue, "first", job => job.State == JobState.Running);
        for (var i = 0; i < JobQueue<FakeWork>.MaxQueued; i++)
            Create(queue, $"job-{i}");

        Assert.Equal("QUEUE_FULL", Assert.Throws<ResourceExhaustedException>(() => Create(queue, "last")).Reason);
    }

    [Fact]
    public async Task Delete_EndedJob_RemovesItsFolder()
    {
        var (queue, work) = await StartAsync();
        Create(queue, "one");
        await WaitAsync(queue, "one", job => job.State == JobState.Running);
        Assert.Throws<FailedPreconditionException>(() => queue.Delete("one"));
        work.Finish("one");
        await WaitAsync(queue, "one", job => job.HasEnded);

        queue.Delete("one");

        Assert.Null(queue.Find("one"));
        Assert.Empty(Directory.GetDirectories(_folder["datasets"]));
        Assert.Throws<NotFoundException>(() => queue.Delete("one"));
    }

    [Fact]
    public async Task List_FolderDeletedByHand_IsGone()
    {
        var (queue, work) = await StartAsync();
        Create(queue, "one");
        work.Finish("one");
        await WaitAsync(queue, "one", job => job.HasEnded);

        Directory.Delete(queue.FolderOf("one"), recursive: true);

        Assert.Empty(queue.List());
        Assert.Null(queue.Find("one"));
    }

    [Fact]
    public async Task List_UnreadableJobFile_IsPassedOver()
    {
        var (queue, _) = await StartAsync();
        Directory.CreateDirectory(_folder["datasets/broken"]);
        await File.WriteAllTextAsync(_folder["datasets/broken/job.json"], "{", Deadline());

        Assert.Empty(queue.List());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues)
        {
            await queue.StopAsync(Deadline());
            queue.Dispose();
        }

        _folder.Dispose();
    }

    private static CancellationToken Deadline() => TestContext.Current.CancellationToken;

    private static Job Create(JobQueue<FakeWork> queue, string id, string requestId = "") =>
        queue.Create(id, "A name", requestId, JsonSerializer.SerializeToElement(new { size = 5 }));

    private static async Task<Job> WaitAsync(JobQueue<FakeWork> queue, string id, Predicate<Job> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Deadline());
        timeout.CancelAfter(TimeSpan.FromSeconds(30));
        await foreach (var job in queue.WatchAsync(id, timeout.Token))
        {
            if (condition(job))
                return job;
        }

        throw new InvalidOperationException($"{id} ended as {queue.Find(id)?.State} before the condition held.");
    }

    private static List<string> FilesOf(JobQueue<FakeWork> queue, string id) =>
        [
            .. Directory.GetFiles(queue.FolderOf(id))
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal),
        ];

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private async Task<(JobQueue<FakeWork> Queue, FakeWork Work)> StartAsync(string? root = null)
    {
        var work = new FakeWork();
        var queue = new JobQueue<FakeWork>(
            work,
            new DataRoot(root ?? _folder.Path),
            TimeProvider.System,
            NullLogger<JobQueue<FakeWork>>.Instance);
        _queues.Add(queue);
        await queue.StartAsync(Deadline());
        return (queue, work);
    }
}
