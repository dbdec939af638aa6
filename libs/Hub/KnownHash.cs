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
        var state = string.Create(CultureInfo.InvariantCulture, $"{info.Length} {info.LastWriteTimeUtc.Ticks}");
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark, cancellationToken) == $"{wanted} {state}")
            return true;
        var found = await OfAsync(path, cancellationToken);
        if (found != wanted)
        {
            throw new DataLossException(
                "HUB_HASH_DIFFERS",
                $"{path} is not {file}: its SHA-256 is {found}, not {wanted}. Delete it to have it downloaded again.");
        }

        AtomicFile.WriteText(mark, $"{wanted} {state}");
        return true;
    }

    public static async Task<string> OfAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private static string MarkOf(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.sha256");
}
