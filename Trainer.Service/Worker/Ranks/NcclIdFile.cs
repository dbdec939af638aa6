using System.Diagnostics;
using System.Globalization;
using Platform.Collectives;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>
/// How ranks of one machine tell each other NCCL's id: the first one writes it into the run's folder, with its process
/// beside it, so that what an earlier attempt left behind is not taken for it.
/// </summary>
internal sealed class NcclIdFile(string runFolder)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // The folder tells when the file is there; a file system that does not tell is looked at.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly string _path = Path.Combine(runFolder, ".nccl-id");

    /// <summary>Writes the id, or waits for it.</summary>
    /// <param name="own">Rank 0's id; of no meaning on others.</param>
    /// <param name="isFirst">Whether this is rank 0.</param>
    /// <exception cref="CommunicationException">Rank 0 has not written it in time.</exception>
    public byte[] Exchange(byte[] own, bool isFirst)
    {
        if (isFirst)
        {
            var process = ProcessIdentity.Current;
            AtomicFile.WriteText(
                _path,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{process.Pid} {process.StartTicks} {Convert.ToHexStringLower(own)}"));
            return own;
        }

        using var changed = new AutoResetEvent(false);
        using var watcher = new FileSystemWatcher(runFolder, Path.GetFileName(_path));
        watcher.Created += (_, _) => changed.Set();
        watcher.Renamed += (_, _) => changed.Set();
        watcher.EnableRaisingEvents = true;
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryRead() is { } id)
                return id;
            if (Stopwatch.GetElapsedTime(begin) > s_patience)
            {
                throw new CommunicationException(
                    $"Rank 0 has left no word in {_path} for {s_patience.TotalSeconds} s.");
            }

            changed.WaitOne(s_look);
        }
    }

    private byte[]? TryRead()
    {
        try
        {
            return File.ReadAllText(_path).Split(' ') is [var pid, var start, var id]
                && new ProcessIdentity(
                    int.Parse(pid, CultureInfo.InvariantCulture),
                    long.Parse(start, CultureInfo.InvariantCulture)).IsAlive
                ? Convert.FromHexString(id)
                : null;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return null;
        }
    }
}
