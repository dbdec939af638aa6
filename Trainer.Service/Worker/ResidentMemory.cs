using System.Buffers.Text;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Platform.TrainerHost.Worker;

/// <summary>Reads this process's resident memory, at most once a second: a look costs a system call.</summary>
internal sealed class ResidentMemory(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly SafeFileHandle? _file =
        File.Exists("/proc/self/statm") ? File.OpenHandle("/proc/self/statm") : null;

    private long? _last;

    /// <summary>Bytes, or null where the last look was less than a second ago.</summary>
    public long? ReadIfDue()
    {
        if (_last is { } last && time.GetElapsedTime(last) < s_interval)
            return null;
        _last = time.GetTimestamp();
        return _file is null ? Environment.WorkingSet : ReadPages() * Environment.SystemPageSize;
    }

    /// <summary>The most that this process has had at once, in bytes; null where the system does not tell.</summary>
    public static long? ReadPeak()
    {
        const string path = "/proc/self/status";
        const string key = "VmHWM:";
        if (!File.Exists(path))
            return null;
        // "VmHWM:     123456 kB"
        var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.TryParse(line?[key.Length..^2], CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes << 10
            : null;
    }

    private long ReadPages()
    {
        Span<byte> text = stackalloc byte[128];
        text = text[..RandomAccess.Read(_file!, text, 0)];
        // "size resident shared …" in pages.
        text = text[(text.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(text, out long pages, out _) ? pages : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
