using Platform.Workspaces.Errors;

namespace Platform.Workspaces;

/// <summary>Which files of the server a caller may name by <c>path:…</c>: those inside configured folders.</summary>
/// <param name="folders">Absolute folders. The data root is usually one of them.</param>
public sealed class PathPolicy(IEnumerable<string> folders)
{
    /// <summary>What a reference to a server's path begins with.</summary>
    public const string Prefix = "path:";

    private readonly List<string> _folders = [.. folders.Select(folder => RealPath(Path.GetFullPath(folder)))];

    /// <summary>The absolute path that a reference names, symbolic links followed.</summary>
    /// <param name="reference"><c>path:</c> and an absolute path.</param>
    /// <param name="field">The request's field, for the error.</param>
    /// <exception cref="InvalidArgumentException">Not absolute, or outside the configured folders.</exception>
    /// <exception cref="NotFoundException">Nothing is there.</exception>
    public string Resolve(string reference, string field)
    {
        var path = reference.StartsWith(Prefix, StringComparison.Ordinal) ? reference[Prefix.Length..] : reference;
        if (!Path.IsPathFullyQualified(path) || path.Contains('\0'))
            throw new InvalidArgumentException(field, $"'{path}' is no absolute path.");
        var real = RealPath(Path.GetFullPath(path));
        if (!_folders.Any(folder => IsInside(real, folder)))
        {
            throw new InvalidArgumentException(
                field, $"'{path}' is outside the folders that may be named (setting Platform:AllowedPaths).");
        }

        if (!File.Exists(real) && !Directory.Exists(real))
            throw new NotFoundException("PATH_NOT_FOUND", $"There is no file or folder '{path}' on the server.");
        return real;
    }

    private static bool IsInside(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>Follows the links in every part of a path, as far as it exists.</summary>
    private static string RealPath(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var parts = path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        foreach (var part in parts)
        {
            real = Path.Combine(real, part);
            FileSystemInfo entry = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (entry.LinkTarget is not null)
            {
                real = entry.ResolveLinkTarget(returnFinalTarget: true) is { } target
                    ? RealPath(target.FullName)
                    : real;
            }
        }

        return real;
    }
}
