using Platform.TrainerHost.Runs;

namespace Platform.TrainerHost.Queue;

/// <summary>
/// Keeps a training run's view up to date: woken by the file system, gathered for a tenth of a second, and looking by
/// itself once a second, since shared file systems do not tell of other machines' writes.
/// </summary>
internal sealed class RunWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_safety = TimeSpan.FromSeconds(1);

    private readonly LiveRun _run;
    private readonly Action? _refreshed;
    private readonly FileSystemWatcher? _watcher;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="run">The run.</param>
    /// <param name="refreshed">Called after every look.</param>
    public RunWatch(LiveRun run, Action? refreshed = null)
    {
        (_run, _refreshed) = (run, refreshed);
        try
        {
            _watcher = new FileSystemWatcher(run.Folder)
            {
                NotifyFilter = NotifyFilters.Size | NotifyFilters.LastWrite | NotifyFilters.FileName,
            };
            _watcher.Changed += (_, _) => Wake();
            _watcher.Created += (_, _) => Wake();
            _watcher.EnableRaisingEvents = true;
        }
        catch (IOException)
        {
            // The system has no watch to give; the look once a second remains.
            _watcher?.Dispose();
            _watcher = null;
        }

        _loop = LoopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _watcher?.Dispose();
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _signal.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await _signal.WaitAsync(s_safety, _stop.Token);
                _run.Refresh();
                _refreshed?.Invoke();
                await Task.Delay(s_gather, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended; whoever watched reads the rest.
        }
        catch (IOException)
        {
            // The folder was deleted under way; the supervisor finds out when the worker ends.
        }
    }

    private void Wake()
    {
        try
        {
            if (_signal.CurrentCount == 0)
                _signal.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Someone else woke it, or it has just ended.
        }
    }
}
