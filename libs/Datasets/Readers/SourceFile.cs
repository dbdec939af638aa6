using System.IO.Enumeration;

namespace Platform.Datasets.Readers;

/// <summary>A file to read documents from.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">What messages call it.</param>
/// <param name="SizeBytes">Its size on disk.</param>
public sealed record SourceFile(string Path, string Name, long SizeBytes)
{
    /// <summary>The endings of files that can be read; each may be followed by <c>.gz</c>.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".txt", ".md", ".jsonl", ".json", ".csv", ".tsv"];

    /// <summary>The ending without <c>.gz</c>, in lower case.</summary>
    public string Extension => System.IO.Path.GetExtension(WithoutGzip(Name)).ToLowerInvariant();

    /// <summary>Whether it is compressed.</summary>
    public bool IsGzip => Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a file of this name can be read.</summary>
    public static bool IsReadable(string name) =>
        Extensions.Contains(System.IO.Path.GetExtension(WithoutGzip(name)).ToLowerInvariant());

    /// <summary>A file, or every readable file in a folder and those below it, sorted by name; hidden ones are none, and
    /// folders that are links are not entered.
    /// </summary>
    /// <exception cref="MalformedInputException">A file of another type, or a folder without readable
    /// files.</exception>
    public static IReadOnlyList<SourceFile> Find(string path)
    {
        if (File.Exists(path))
        {
            var name = System.IO.Path.GetFileName(path);
            return IsReadable(name)
                ? [new SourceFile(path, name, new FileInfo(path).Length)]
                : throw new MalformedInputException(name, 0, $"its type is none of {string.Join(' ', Extensions)}");
        }

        var files = ReadableFiles(path)
            .Select(file => new SourceFile(
                file.FullName, System.IO.Path.GetRelativePath(path, file.FullName), file.Length))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToList();
        return files.Count > 0
            ? files
            : throw new MalformedInputException(path, 0, $"the folder holds no {string.Join(' ', Extensions)} file");
    }

    private static FileSystemEnumerable<FileInfo> ReadableFiles(string folder) => new(
        folder,
        (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) =>
            !entry.IsDirectory && IsReadable(entry.FileName.ToString()),
        // Folders that are links could lead in circles.
        ShouldRecursePredicate = (ref FileSystemEntry entry) =>
            !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };

    private static string WithoutGzip(string name) =>
        name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
}
