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

    internal const string Parquet = ".parquet";

    /// <summary>The ending without that of the compression, in lower case.</summary>
    public string Extension => ExtensionOf(Name);

    /// <summary>The compression's ending, in lower case; empty where there is none.</summary>
    public string Packing => PackingOf(Name);

    /// <summary>Whether a file of this name can be read.</summary>
    public static bool IsReadable(string name) =>
        Extensions.Contains(ExtensionOf(name)) && (ExtensionOf(name) != Parquet || PackingOf(name).Length == 0);

    /// <summary>A file, every readable file in a folder and those below it, or those that fit a pattern; sorted by name.
    /// Hidden files are none, and folders that are links are not entered.</summary>
    /// <param name="path">A file, a folder, or a path with <c>*</c>, <c>?</c> and <c>**</c> in names.</param>
    /// <exception cref="MalformedInputException">A file of another type, or none that can be read.</exception>
    public static IReadOnlyList<SourceFile> Find(string path)
    {
        if (File.Exists(path))
        {
            var name = System.IO.Path.GetFileName(path);
            return IsReadable(name)
                ? [new SourceFile(path, name, new FileInfo(path).Length)]
                : throw new MalformedInputException(
                    name, 0, $"its type is none of {string.Join(' ', Extensions)}, with or without .gz or .zst");
        }

        if (Directory.Exists(path))
        {
            return NotNone(ReadableFiles(path), path);
        }

        var pattern = new PathPattern(path);
        var folder = pattern.FixedFolder.Length == 0 ? "/" : pattern.FixedFolder;
        return NotNone(
            Directory.Exists(folder)
                ? ReadableFiles(folder).Where(file => pattern.IsMatch(System.IO.Path.Combine(folder, file.Name)))
                : [],
            path);
    }

    private static List<SourceFile> NotNone(IEnumerable<SourceFile> found, string path)
    {
        var files = found.OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        return files.Count > 0
            ? files
            : throw new MalformedInputException(path, 0, $"there is no {string.Join(' ', Extensions)} file");
    }

    private static IEnumerable<SourceFile> ReadableFiles(string folder) => new FileSystemEnumerable<FileInfo>(
        folder,
        (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) =>
            !entry.IsDirectory && IsReadable(entry.FileName.ToString()),
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
