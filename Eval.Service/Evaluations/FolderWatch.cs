namespace Platform.EvalHost.Evaluations;

/// <summary>Waits for a folder's files to change.</summary>
internal sealed class FolderWatch : IDisposable
{
    // Where the system tells nothing (network file systems) the files are looked at so often.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private readonly FileSystemWatcher _watcher;

    // Never disposed of: the watcher may still call while it is being disposed of, and there is nothing to free.
    private readonly SemaphoreSlim _changed = new(0);

    public FolderWatch(string folder)
    {
        _watcher = new FileSystemWatcher(folder)
        {
            NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.FileName,
        };
        _watcher.Changed += OnChange;
        _watcher.Created += OnChange;
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Completes at the next change, or after a second. Changes since the last call count as one.</summary>
    public async Task NextAsync(CancellationToken cancellationToken)
    {
        await _changed.WaitAsync(s_longest, cancellationToken);
        while (_changed.CurrentCount > 0)
            await _changed.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _watcher.Dispose();

    private void OnChange(object sender, FileSystemEventArgs e)
    {
        if (_changed.CurrentCount == 0)
            _changed.Release();
    }
}
