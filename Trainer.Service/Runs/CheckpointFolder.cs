using Platform.Models;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>A complete checkpoint on disk.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Step">The step it was written after.</param>
/// <param name="ValidationLoss">At that step, where measured.</param>
/// <param name="SizeBytes">Of its files.</param>
/// <param name="CreateTime">When it was complete.</param>
internal sealed record CheckpointFolder(
    string Path, long Step, double? ValidationLoss, long SizeBytes, DateTime CreateTime)
{
    /// <summary>The complete checkpoints of a run, newest first; one that cannot be read is none.</summary>
    public static IReadOnlyList<CheckpointFolder> List(string runFolder)
    {
        var folder = new DirectoryInfo(System.IO.Path.Combine(runFolder, "checkpoints"));
        if (!folder.Exists)
            return [];
        return
        [
            .. folder.EnumerateDirectories("step-*")
                .Select(entry => TryRead(entry.FullName))
                .OfType<CheckpointFolder>()
                .OrderByDescending(checkpoint => checkpoint.Step),
        ];
    }

    /// <summary>The one with the lowest validation loss; null where none was measured.</summary>
    public static CheckpointFolder? Best(IEnumerable<CheckpointFolder> checkpoints) =>
        checkpoints.Where(checkpoint => checkpoint.ValidationLoss is { } loss && !double.IsNaN(loss))
            .MinBy(checkpoint => checkpoint.ValidationLoss);

    private static CheckpointFolder? TryRead(string folder)
    {
        var file = new FileInfo(System.IO.Path.Combine(folder, CheckpointMark.FileName));
        try
        {
            return CheckpointMark.TryRead(folder) is { } mark
                ? new CheckpointFolder(
                    folder,
                    mark.Step,
                    mark.ValidationLoss,
                    file.Length + mark.Files.Values.Sum(entry => entry.SizeBytes),
                    file.LastWriteTimeUtc)
                : null;
        }
        catch (Exception e) when (e is IOException or DataLossException)
        {
            // Being deleted this moment, or damaged: the worker reports what it passes over.
            return null;
        }
    }
}
