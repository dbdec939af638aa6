using System.Globalization;
using System.Security.Cryptography;
using Platform.Models;
using Platform.TrainerHost.Runs;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>
/// A run's folder of checkpoints. One is written beside, flushed and renamed, so that a folder that is called
/// <c>step-…</c> is whole, whenever the process was killed.
/// </summary>
internal sealed class CheckpointStore(string folder)
{
    private const string NamePrefix = "step-";
    private const string WritingPrefix = ".step-";
    private const int SuffixLength = 8;
    private const string CorruptPrefix = "corrupt-";

    /// <summary>The folder's name of a step.</summary>
    public static string NameOf(long step) => string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{step:D8}");

    /// <summary>
    /// Every folder with a completion mark, newest first; and those whose mark cannot be read, and why.
    /// </summary>
    public (IReadOnlyList<StoredCheckpoint> Complete, IReadOnlyList<(string Folder, string Reason)> Unreadable) List()
    {
        var complete = new List<StoredCheckpoint>();
        var unreadable = new List<(string, string)>();
        var folders = new DirectoryInfo(folder);
        foreach (var entry in folders.Exists ? folders.EnumerateDirectories(NamePrefix + "*") : [])
        {
            try
            {
                complete.Add(new StoredCheckpoint(entry.FullName, ReadMark(entry.FullName)));
            }
            catch (Exception e) when (e is IOException or DataLossException)
            {
                unreadable.Add((entry.FullName, e.Message));
            }
        }

        complete.Sort((a, b) => b.Step.CompareTo(a.Step));
        return (complete, unreadable);
    }

    /// <summary>
    /// Removes what a killed worker left half written or half deleted; a checkpoint that was complete and only lacked
    /// its name gets it. For the run's one worker.
    /// </summary>
    public void RemoveLeftovers()
    {
        var folders = new DirectoryInfo(folder);
        foreach (var entry in folders.Exists ? folders.GetDirectories(".*") : [])
        {
            var target = Path.Combine(folder, entry.Name[1..^(SuffixLength + 1)]);
            if (entry.Name.StartsWith(WritingPrefix, StringComparison.Ordinal)
                && File.Exists(Path.Combine(entry.FullName, CheckpointMark.FileName))
                && !Directory.Exists(target))
                entry.MoveTo(target);
            else
                entry.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Writes a checkpoint: <paramref name="writeFiles"/> puts the files into the folder that it is given; then all are
    /// hashed and flushed and the folder gets its name. A checkpoint of the same step that is there already is
    /// replaced.
    /// </summary>
    /// <exception cref="IOException">No space, or the disk failed; nothing of the attempt is left.</exception>
    public StoredCheckpoint Write(long step, double? validationLoss, Action<string> writeFiles)
    {
        var target = Path.Combine(folder, NameOf(step));
        var beside = Path.Combine(
            folder,
            string.Create(CultureInfo.InvariantCulture, $"{WritingPrefix}{step:D8}-")
                + RandomNumberGenerator.GetHexString(SuffixLength, lowercase: true));
        Directory.CreateDirectory(beside);
        try
        {
            writeFiles(beside);
            var mark = CheckpointMark.Write(beside, step, validationLoss);
            if (Directory.Exists(target))
                ResourceFolder.Delete(target);
            Directory.Move(beside, target);
            AtomicFile.FlushFolder(folder);
            return new StoredCheckpoint(target, mark);
        }
        catch
        {
            Directory.Delete(beside, recursive: true);
            throw;
        }
    }

    /// <summary>
    /// Deletes all but the newest <paramref name="keepLast"/> (0: all stay), the one with the lowest validation loss
    /// and those that other runs start from.
    /// </summary>
    /// <returns>Those that went.</returns>
    public IReadOnlyList<StoredCheckpoint> Prune(int keepLast)
    {
        if (keepLast == 0)
            return [];
        var (complete, _) = List();
        var best = complete.Where(c => c.Mark.ValidationLoss is not null).MinBy(c => c.Mark.ValidationLoss);
        var pinned = CheckpointPins.Read(Path.GetDirectoryName(folder)!);
        var superfluous = complete.Skip(keepLast)
            .Where(checkpoint => checkpoint != best && !pinned.Contains(NameOf(checkpoint.Step))).ToList();
        foreach (var checkpoint in superfluous)
            ResourceFolder.Delete(checkpoint.Folder);
        return superfluous;
    }

    /// <summary>
    /// Takes a damaged checkpoint out of the list and keeps its files: nothing that is listed may be unreadable.
    /// </summary>
    public void SetAside(StoredCheckpoint checkpoint)
    {
        var aside = Path.Combine(folder, CorruptPrefix + NameOf(checkpoint.Step));
        if (Directory.Exists(aside))
            ResourceFolder.Delete(aside);
        Directory.Move(checkpoint.Folder, aside);
        AtomicFile.FlushFolder(folder);
    }

    private static CheckpointMark ReadMark(string checkpointFolder) =>
        CheckpointMark.TryRead(checkpointFolder)
        ?? throw new FileNotFoundException($"{CheckpointMark.FileName} is missing.");
}
