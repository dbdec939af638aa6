using System.Globalization;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// Which checkpoints of a run others start from: empty files <c>runs/{id}/pins/step-00000500.runs.{user}</c>. The
/// service writes them; the run's worker, which deletes old checkpoints, leaves pinned ones alone. A pin holds as
/// long as its user's folder is there, so that nobody has to take it away.
/// </summary>
internal static class CheckpointPins
{
    private const string FolderName = "pins";

    /// <summary>Pins what a reference means; one without a run or a step is passed over.</summary>
    /// <param name="root">The data root.</param>
    /// <param name="reference">Such as <c>runs/book@500</c>.</param>
    /// <param name="user">Who starts from it: <c>runs/…</c> or <c>sweeps/…</c>.</param>
    public static void Add(DataRoot root, string? reference, string user)
    {
        if (ResourceName.TryParse(reference ?? "", "runs") is not { Version: { } version } name
            || !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            return;
        var folder = Directory.CreateDirectory(Path.Combine(root.Runs, name.Id, FolderName));
        var pin = $"{CheckpointStore.NameOf(step)}.{user.Replace('/', '.')}";
        File.WriteAllBytes(Path.Combine(folder.FullName, pin), []);
    }

    /// <summary>The names of the checkpoints that are pinned by someone who is still there.</summary>
    /// <param name="runFolder">The run's folder, in the folder of all runs.</param>
    public static IReadOnlySet<string> Read(string runFolder)
    {
        var folder = new DirectoryInfo(Path.Combine(runFolder, FolderName));
        return (folder.Exists ? folder.EnumerateFiles() : [])
            .Select(file => file.Name.Split('.'))
            .Where(parts => parts is [_, var kind, var id] && Directory.Exists(
                Path.Combine(runFolder, "..", "..", kind, id)))
            .Select(parts => parts[0])
            .ToHashSet();
    }
}
