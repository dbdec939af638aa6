using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Platform.AppHost;

/// <summary>
/// One suite per data root. The lock is the operating system's and ends with the process, however it ends; the file
/// names the holder for whoever comes second.
/// </summary>
internal sealed class SuiteLock : IDisposable
{
    private const string FileName = "suite.lock";

    // Beyond any content: a lock on bytes that are read would keep readers out on Windows.
    private const long LockPosition = 1L << 30;

    private readonly FileStream _file;

    private SuiteLock(FileStream file) => _file = file;

    /// <summary>Creates the data root where it is missing and takes the lock.</summary>
    /// <exception cref="SuiteException">The data root is not writable, or another suite has it.</exception>
    public static SuiteLock Take(string dataRoot)
    {
        var path = Path.Combine(dataRoot, FileName);
        FileStream? file = null;
        try
        {
            Directory.CreateDirectory(dataRoot);
            CheckWritable(dataRoot);
            file = Open(path);
            Lock(file);
            Describe(file);
            return new SuiteLock(file);
        }
        catch (UnauthorizedAccessException e)
        {
            file?.Dispose();
            throw NotWritable(dataRoot, e);
        }
        catch (LockedException)
        {
            var holder = file is null ? "" : Holder(file);
            file?.Dispose();
            throw new SuiteException($"""
                The data root {dataRoot} belongs to a suite that is running{holder}.
                Stop that one, or give this one a data root of its own: --data-root PATH.
                """);
        }
        catch (IOException e)
        {
            file?.Dispose();
            throw NotWritable(dataRoot, e);
        }
    }

    public void Dispose()
    {
        _file.SetLength(0);
        _file.Dispose();
    }

    // A read-only mount, a full disk and missing rights all show here, before anything starts.
    private static void CheckWritable(string dataRoot)
    {
        var probe = Path.Combine(dataRoot, $".probe-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        File.WriteAllText(probe, "writable");
        File.Delete(probe);
    }

    // macOS has no byte ranges in .NET: there the whole file is locked, and the holder cannot be read.
    private static FileStream Open(string path)
    {
        try
        {
            var share = OperatingSystem.IsMacOS() ? FileShare.None : FileShare.ReadWrite;
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
        }
        catch (IOException) when (OperatingSystem.IsMacOS() && File.Exists(path))
        {
            throw new LockedException();
        }
    }

    private static void Lock(FileStream file)
    {
        if (OperatingSystem.IsMacOS())
            return;
        try
        {
            file.Lock(LockPosition, 1);
        }
        catch (IOException)
        {
            throw new LockedException();
        }
    }

    private static void Describe(FileStream file)
    {
        var holder = JsonSerializer.SerializeToUtf8Bytes(new
        {
            format_version = 1,
            pid = Environment.ProcessId,
            start_ticks = ProcessStart.Ticks,
            host = Environment.MachineName,
            started = DateTimeOffset.UtcNow,
        });
        file.SetLength(0);
        file.Write(holder);
        file.Flush(flushToDisk: true);
    }

    private static string Holder(FileStream file)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        try
        {
            using var holder = JsonDocument.Parse(reader.ReadToEnd());
            var root = holder.RootElement;
            var started = root.GetProperty("started").GetDateTimeOffset();
            return string.Create(CultureInfo.InvariantCulture,
                $": process {root.GetProperty("pid").GetInt32()} on {root.GetProperty("host").GetString()}, "
                + $"since {started:yyyy-MM-dd HH:mm:ss} UTC");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ""; // It has only just taken the lock and has not said who it is yet.
        }
    }

    private static SuiteException NotWritable(string dataRoot, Exception e) => new(
        $"The data root {dataRoot} cannot be written to: {e.Message} Choose another with --data-root PATH.", e);

    private sealed class LockedException : Exception;
}
