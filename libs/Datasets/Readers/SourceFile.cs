using System.IO.Enumeration;
using Platform.Workspaces;

namespace Platform.Datasets.Readers;

/// <summary>A file to read documents from.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">What messages call it.</param>
/// <param name="SizeBytes">Its size on disk.</param>
public sealed record SourceFile(string Path, string Name, long SizeBytes)
{
    /// <summary>The endings of files that can be read; all but <c>.parquet</c> may be followed by one of
    /// <see cref="Packings"/>.</summary>
    public static readonly IReadOnlyList<string> Extensions =
        [".txt", ".md", ".jsonl", ".json", ".csv", ".tsv", Parquet];

    /// <summary>The endings of compressed files.</summary>
    public static readonly IReadOnlyList<string> Packings = [".gz", ".zst"];

    /// <summary>The endings of token shards.</summary>
    public static readonly IReadOnlyList<string> ShardExtensions = [".bin", ".npy"];

    internal const string Parquet = ".parquet";

    /// <summary>The ending without that of the compression, in lower case.</summary>
    public string Extension => ExtensionOf(Name);

    /// <summary>The compression's ending, in lower case; empty where there is none.</summary>
    public string Packing => PackingOf(Name);

    /// <summary>Whether a file of this name can be read.</summary>
    public static bool IsReadable(string name) =>
        Extensions.Contains(ExtensionOf(name)) && (ExtensionOf(name) != Parquet || PackingOf(name).Length == 0);

    /// <summary>Whether a file of this name can be a token shard.</summary>
    public static bool IsShard(string name) =>
        ShardExtensions.Contains(ExtensionOf(name)) && PackingOf(name).Length == 0;

    /// <summary>A file, every readable file in a folder and those below it, or those that fit a pattern; sorted by
    /// name. Hidden files are none, and folders that are links are not entered.</summary>
    /// <param name="path">A file, a folder, or a path with <c>*</c>, <c>?</c> and <c>**</c> in names.</param>
    /// <exception cref="MalformedInputException">A file of another type, or none that can be read.</exception>
    public static IReadOnlyList<SourceFile> Find(string path) =>
        Find(path, IsReadable, $"{string.Join(' ', Extensions)}, with or without .gz or .zst");

    /// <summary>The same for token shards.</summary>
    /// <inheritdoc cref="Find(string)"/>
    public static IReadOnlyList<SourceFile> FindShards(string path) =>
        Find(path, IsShard, string.Join(' ', ShardExtensions));

    private static List<SourceFile> Find(string path, Predicate<string> fits, string wanted)
    {
        if (File.Exists(path))
        {
            var name = System.IO.Path.GetFileName(path);
            return fits(name)
                ? [new SourceFile(path, name, new FileInfo(path).Length)]
                : throw new MalformedInputException(name, 0, $"its type is none of {wanted}");
        }

        IEnumerable<SourceFile> found = [];
        if (Directory.Exists(path))
        {
            found = FilesIn(path, fits);
        }
        else
        {
            var pattern = new PathPattern(path);
            var folder = pattern.FixedFolder.Length == 0 ? "/" : pattern.FixedFolder;
            if (Directory.Exists(folder))
                found = FilesIn(folder, fits).Where(file => pattern.IsMatch(System.IO.Path.Combine(folder, file.Name)));
        }

        var files = found.OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        return files.Count > 0
            ? files
            : throw new MalformedInputException(path, 0, $"there is no file of the types {wanted}");
    }

    private static IEnumerable<SourceFile> FilesIn(
        string folder, Predicate<string> fits) => new FileSystemEnumerable<FileInfo>(
        folder,
        (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && fits(entry.FileName.ToString()),
            // Folders that are links could lead in circles.
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        }.Select(file => new SourceFile(
            file.FullName, System.IO.Path.GetRelativePath(folder, file.FullName), file.Length));

    private static string PackingOf(string name)
    {
        var ending = System.IO.Path.GetExtension(name).ToLowerInvariant();
        return Packings.Contains(ending) ? ending : string.Empty;
    }

    private static string ExtensionOf(string name) =>
        System.IO.Path.GetExtension(name[..^PackingOf(name).Length]).ToLowerInvariant();
}
