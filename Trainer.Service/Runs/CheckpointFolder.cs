using System.Text.Json;

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
    /// <summary>The file without which a checkpoint does not exist.</summary>
    public const string SealName = "complete.json";

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
        var seal = new FileInfo(System.IO.Path.Combine(folder, SealName));
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(seal.FullName));
            var root = json.RootElement;
            var size = seal.Length;
            foreach (var file in root.GetProperty("files").EnumerateObject())
                size += file.Value.GetProperty("size_bytes").GetInt64();
            double? loss = root.TryGetProperty("validation_loss", out var value)
                && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
            return new CheckpointFolder(
                folder, root.GetProperty("step").GetInt64(), loss, size, seal.LastWriteTimeUtc);
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            // Being deleted this moment, or damaged: the worker reports what it passes over.
            return null;
        }
    }
}
