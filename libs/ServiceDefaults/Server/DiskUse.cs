using Platform.Workspaces;

namespace Platform.ServiceDefaults.Server;

/// <summary>Bytes used by and free for the data root; counted anew at most every half minute.</summary>
internal sealed class DiskUse(DataRoot root, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_validFor = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _counting = new(1, 1);
    private DateTimeOffset _countedAt = DateTimeOffset.MinValue;
    private long _usedBytes;

    public long FreeBytes()
    {
        var folder = new DirectoryInfo(root.Path);
        return folder.Exists ? new DriveInfo(folder.FullName).AvailableFreeSpace : 0;
    }

    public async Task<long> UsedBytesAsync(CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _countedAt > s_validFor)
            {
                _usedBytes = await Task.Run(() => Count(root.Path), cancellationToken);
                _countedAt = time.GetUtcNow();
            }

            return _usedBytes;
        }
        finally
        {
            _counting.Release();
        }
    }

    public void Dispose() => _counting.Dispose();

    private static long Count(string folder)
    {
        if (!Directory.Exists(folder))
            return 0;
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        var bytes = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", options))
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Deleted since it was listed.
            }
        }

        return bytes;
    }
}
