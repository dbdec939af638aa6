using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.Models;

/// <summary><c>complete.json</c> of a checkpoint: without it the checkpoint does not exist.</summary>
/// <param name="FormatVersion">The file's format.</param>
/// <param name="Step">The step it was taken at.</param>
/// <param name="ValidationLoss">The loss measured there; null where none was.</param>
/// <param name="Files">All other files with their sizes and hashes.</param>
public sealed record CheckpointMark(
    int FormatVersion, long Step, double? ValidationLoss, IReadOnlyDictionary<string, CheckpointMark.Entry> Files)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "complete.json";

    private const int NewestFormat = 1;
    private const string Reason = "CHECKPOINT_DAMAGED";

    /// <summary>The mark of a checkpoint's folder; null where it has none.</summary>
    /// <exception cref="DataLossException">It cannot be read.</exception>
    public static CheckpointMark? TryRead(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var mark = JsonSerializer.Deserialize<CheckpointMark>(File.ReadAllBytes(path), WorkspaceJson.Line);
            if (mark?.Files is null)
                throw new DataLossException(Reason, $"'{path}' is no completion mark.");
            if (mark.FormatVersion > NewestFormat)
            {
                throw new DataLossException(
                    Reason,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"'{path}' has format {mark.FormatVersion}; this program reads {NewestFormat} at the most."));
            }

            return mark;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new DataLossException(Reason, $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Compares those files that a model is read from with what was written.</summary>
    /// <exception cref="DataLossException">A file is missing or another than was written; names the first.</exception>
    public void Verify(string folder, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in Files)
        {
            // The optimizer's state is the largest file, and no part of the model.
            if (name.StartsWith("optimizer", StringComparison.Ordinal))
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.FindFault(Path.Combine(folder, name)) is { } fault)
                throw new DataLossException(Reason, $"The checkpoint '{folder}' is damaged: {fault}.");
        }
    }

    /// <summary>Reads every file and compares it with its hash; null where all are what was written.</summary>
    public string? FindFault(string folder) => Files
        .Select(file => file.Value.FindFault(Path.Combine(folder, file.Key)))
        .FirstOrDefault(fault => fault is not null);

    /// <summary>Flushes all files of a folder to the disk and writes the mark, which makes it a checkpoint.</summary>
    /// <exception cref="IOException">No space, or the disk failed.</exception>
    public static CheckpointMark Write(string folder, long step, double? validationLoss)
    {
        var files = new SortedDictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(folder))
            files[Path.GetFileName(path)] = Entry.Seal(path);
        var mark = new CheckpointMark(NewestFormat, step, validationLoss, files);
        AtomicFile.Write(
            Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(mark, WorkspaceJson.Indented));
        return mark;
    }

    /// <summary>A file as it was written.</summary>
    /// <param name="SizeBytes">Its bytes.</param>
    /// <param name="Sha256">Its hash, in lower-case hexadecimal.</param>
    public sealed record Entry(long SizeBytes, [property: JsonPropertyName("sha256")] string Sha256)
    {
        private const int BufferBytes = 1 << 20;

        /// <summary>Flushes a file to the disk and describes it.</summary>
        public static Entry Seal(string path)
        {
            using var stream =
                new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, BufferBytes);
            stream.Flush(flushToDisk: true);
            return new Entry(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
        }

        /// <summary>What is wrong with a file that should be this one; null where nothing is.</summary>
        public string? FindFault(string path)
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return $"{file.Name} is missing";
            if (file.Length != SizeBytes)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"{file.Name} has {file.Length} bytes instead of {SizeBytes}");
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
            return Convert.ToHexStringLower(SHA256.HashData(stream)) == Sha256
                ? null
                : $"{file.Name} is not what was written (its SHA-256 differs)";
        }
    }
}
