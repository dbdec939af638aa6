using System.Security.Cryptography;

namespace Platform.Workspaces;

/// <summary>Folders that appear and vanish whole: made under a hidden name, renamed when complete.</summary>
public static class ResourceFolder
{
    private const string NewPrefix = ".new-";
    private const string DeletedPrefix = ".deleted-";

    /// <summary>A fresh hidden folder beside where <paramref name="folder"/> is to be.</summary>
    public static string BeginNew(string folder)
    {
        var parent = Path.GetDirectoryName(folder)!;
        var hidden = Path.Combine(parent, $"{NewPrefix}{Path.GetFileName(folder)}-{Suffix()}");
        Directory.CreateDirectory(hidden);
        return hidden;
    }

    /// <summary>Gives a hidden folder its name, in one step.</summary>
    /// <returns>False where a folder of that name exists already; the hidden one is then left as it is.</returns>
    public static bool TryCommit(string hidden, string folder)
    {
        if (Directory.Exists(folder))
            return false;
        try
        {
            Directory.Move(hidden, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            return false;
        }

        AtomicFile.FlushFolder(Path.GetDirectoryName(folder)!);
        return true;
    }

    /// <summary>
    /// Deletes a folder: it is gone at once, its files a moment later. One that is not there is no error.
    /// </summary>
    public static void Delete(string folder)
    {
        var parent = Path.GetDirectoryName(folder)!;
        var hidden = Path.Combine(parent, $"{DeletedPrefix}{Path.GetFileName(folder)}-{Suffix()}");
        try
        {
            Directory.Move(folder, hidden);
            Directory.Delete(hidden, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Someone else was faster.
        }
    }

    /// <summary>
    /// Removes what an earlier process left half written or half deleted. For a collection's one owner.
    /// </summary>
    /// <returns>How many such folders there were.</returns>
    public static int RemoveLeftovers(string collectionFolder)
    {
        if (!Directory.Exists(collectionFolder))
            return 0;
        var leftovers = Directory.GetDirectories(collectionFolder, ".*")
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith(NewPrefix, StringComparison.Ordinal)
                    || name.StartsWith(DeletedPrefix, StringComparison.Ordinal)))
            .ToList();
        foreach (var leftover in leftovers)
            Directory.Delete(leftover, recursive: true);
        return leftovers.Count;
    }

    private static string Suffix() => RandomNumberGenerator.GetHexString(8, lowercase: true);
}
