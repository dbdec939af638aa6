using System.Globalization;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The log's lines. log.txt does not grow for ever: where it has become large, what it holds goes to log.old.txt, in
/// place of what was there, and it begins anew.
/// </summary>
/// <param name="output">Standard output, behind which the service has put the file.</param>
/// <param name="path">log.txt.</param>
/// <param name="rank">Ranks but the first say which they are.</param>
/// <param name="limitBytes">From this size on it begins anew.</param>
internal sealed class RunLog(TextWriter output, string path, int rank, long limitBytes = RunLog.DefaultLimitBytes)
{
    /// <summary>32 MiB: about 200,000 steps.</summary>
    public const long DefaultLimitBytes = 32L << 20;

    private const int LinesBetweenLooks = 1000;

    private readonly Lock _lock = new();
    private int _lines;

    /// <summary>Appends a line, and has it with the operating system at once.</summary>
    public void Write(string line)
    {
        lock (_lock)
        {
            if (rank > 0)
                output.Write(string.Create(CultureInfo.InvariantCulture, $"[rank {rank}] "));
            output.Write(line + "\n");
            output.Flush();
            if (rank == 0 && ++_lines % LinesBetweenLooks == 0)
                BeginAnewWhereLarge();
        }
    }

    // Cut, not renamed: standard output stays the same file, and appends.
    private void BeginAnewWhereLarge()
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length < limitBytes)
            return;
        file.CopyTo(Path.ChangeExtension(path, ".old.txt"), overwrite: true);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.SetLength(0);
    }
}
