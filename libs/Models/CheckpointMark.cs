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
            if (Fault(Path.Combine(folder, name), entry) is { } fault)
                throw new DataLossException(Reason, $"The checkpoint '{folder}' is damaged: '{name}' {fault}.");
        }
    }

    private static string? Fault(string path, Entry entry)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return "is missing";
        if (file.Length != entry.SizeBytes)
            return string.Create(CultureInfo.InvariantCulture, $"has {file.Length} bytes instead of {entry.SizeBytes}");
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == entry.Sha256
            ? null
            : "is not what was written: its SHA-256 differs";
    }

    /// <summary>A file as it was written.</summary>
    /// <param name="SizeBytes">Its bytes.</param>
    /// <param name="Sha256">Its hash, in lower-case hexadecimal.</param>
    public sealed record Entry(long SizeBytes, [property: JsonPropertyName("sha256")] string Sha256);
}
