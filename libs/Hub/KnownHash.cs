using System.Globalization;
using System.Security.Cryptography;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.Hub;

/// <summary>Whether a file is here and the one that is meant. A hash is taken once: a mark beside the file says for
/// which size and time it holds.</summary>
internal static class KnownHash
{
    public static async Task<bool> IsHereAsync(HubFile file, string path, CancellationToken cancellationToken)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
            return false;
        if (file.Sha256 is not { } wanted)
            return true;
        var mark = MarkOf(path);
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark, cancellationToken) == TextOf(wanted, info))
            return true;
        var found = await OfAsync(path, cancellationToken);
        if (found != wanted)
        {
            throw new DataLossException(
                "HUB_HASH_DIFFERS",
                $"{path} is not {file}: its SHA-256 is {found}, not {wanted}. Delete it to have it downloaded again.");
        }

        AtomicFile.WriteText(mark, TextOf(wanted, info));
        return true;
    }

    /// <summary>Marks a file whose hash was found to be the wanted one; nothing where none is wanted.</summary>
    public static void Note(HubFile file, string path)
    {
        if (file.Sha256 is { } wanted)
            AtomicFile.WriteText(MarkOf(path), TextOf(wanted, new FileInfo(path)));
    }

    private static async Task<string> OfAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private static string TextOf(string sha256, FileInfo file) =>
        string.Create(CultureInfo.InvariantCulture, $"{sha256} {file.Length} {file.LastWriteTimeUtc.Ticks}");

    private static string MarkOf(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.sha256");
}
