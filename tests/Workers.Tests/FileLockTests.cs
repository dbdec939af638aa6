namespace Platform.Workers.Tests;

public sealed class FileLockTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();

    private string FilePath => _folder["lock"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Take_AnotherHasIt_WaitsUntilThatLetsGo()
    {
        var first = FileLock.Take(FilePath);
        var second = Task.Run(() => FileLock.Take(FilePath), TestContext.Current.CancellationToken);
        Assert.Null(FileLock.TryTake(FilePath, TimeSpan.Zero));
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second.WaitAsync(s_deadline, TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task TryTake_AnotherLetsGoInTime_HasIt()
    {
        var first = FileLock.Take(FilePath);
        var second = Task.Run(
            () => FileLock.TryTake(FilePath, s_deadline), TestContext.Current.CancellationToken);

        first.Dispose();

        var taken = await second;
        Assert.NotNull(taken);
        taken.Dispose();
    }

    [Fact]
    public async Task TryTake_GivenUp_DoesNotKeepWhatItGetsLater()
    {
        var first = FileLock.Take(FilePath);
        Assert.Null(FileLock.TryTake(FilePath, TimeSpan.FromMilliseconds(1)));

        first.Dispose();

        // The call that was given up may have it for a moment.
        await Eventually.HoldsAsync(() =>
        {
            using var next = FileLock.TryTake(FilePath, TimeSpan.Zero);
            return next is not null;
        });
    }

    [Fact]
    public async Task Take_ProcessThatHasItIsKilled_ComesFree()
    {
        var holder = WorkerProcess.Start(new WorkerStart(
            ["flock", FilePath, "-c", "echo held; exec sleep 1000"], _folder["log.txt"]));
        var log = _folder["log.txt"];
        await Eventually.HoldsAsync(() => File.Exists(log) && File.ReadAllText(log).Length > 0);
        var waiting = Task.Run(() => FileLock.Take(FilePath), TestContext.Current.CancellationToken);

        holder.Kill();

        (await waiting.WaitAsync(s_deadline, TestContext.Current.CancellationToken)).Dispose();
        holder.Dispose();
    }

    [Fact]
    public void TryTake_FileStreamThatSharesNothing_RespectsIt()
    {
        using var stream = new FileStream(FilePath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Assert.Null(FileLock.TryTake(FilePath, TimeSpan.Zero));
    }

    [Fact]
    public void Take_NoFolder_SaysWhy()
    {
        var error = Assert.Throws<IOException>(() => FileLock.Take(_folder["none/lock"]));

        Assert.Contains("No such file", error.Message, StringComparison.Ordinal);
    }
}
