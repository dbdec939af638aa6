using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>A file's size and hash as they were when the checkpoint was completed.</summary>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Sha256">SHA-256 in lower-case hex.</param>
internal sealed record SealedFile(long SizeBytes, [property: JsonPropertyName("sha256")] string Sha256)
{
    /// <summary>Flushes a file to the disk and describes it.</summary>
    public static SealedFile Seal(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1 << 20);
        stream.Flush(flushToDisk: true);
        return new SealedFile(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>What is wrong with a file that should be this one; null where nothing is.</summary>
    public string? FindFault(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return $"{file.Name} is missing";
        if (file.Length != SizeBytes)
            return $"{file.Name} has {file.Length} bytes instead of {SizeBytes}";
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == Sha256
            ? null
            : $"{file.Name} is not what was written (its SHA-256 differs)";
    }
}
