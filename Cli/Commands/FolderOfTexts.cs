using System.Text.Json;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary>
/// A folder whose files are a document each, such as aclImdb's <c>train/pos</c>: sent as one file of records with
/// <c>id</c> (the path), <c>label</c> (the folder that the file lies in) and <c>text</c>.
/// </summary>
internal static class FolderOfTexts
{
    private static readonly EnumerationOptions s_below = new() { RecurseSubdirectories = true };

    /// <summary>Writes the records, in the order of their paths.</summary>
    /// <exception cref="SpecException">There is no text in it.</exception>
    public static async Task WriteAsync(string folder, Stream target, CancellationToken cancellationToken)
    {
        var files = Directory.GetFiles(folder, "*.txt", s_below);
        if (files.Length == 0)
            throw new SpecException($"The folder '{folder}' has no .txt files in it.");
        Array.Sort(files, StringComparer.Ordinal);
        foreach (var file in files)
        {
            var id = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            var label = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)));
            var text = await File.ReadAllTextAsync(file, cancellationToken);
            await JsonSerializer.SerializeAsync(
                target, new { id = Path.ChangeExtension(id, null), label, text }, cancellationToken: cancellationToken);
            target.WriteByte((byte)'\n');
        }
    }
}
