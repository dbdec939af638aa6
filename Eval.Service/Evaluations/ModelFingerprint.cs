using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Platform.Models;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// A hash over the files that make a model what it is: shape, weights, tokenizer, adapter and the adapter's base. A
/// checkpoint's mark has its files' hashes; other folders are read once and remembered until a file changes.
/// </summary>
internal sealed class ModelFingerprint
{
    private static readonly string[] s_training = ["optimizer", "trainer", "complete", "base.json"];
    private static readonly string[] s_endings = [".json", ".safetensors", ".txt", ".bpe", ".tiktoken", ".model"];

    private readonly ConcurrentDictionary<(string Path, long Size, DateTime Written), string> _known = [];

    /// <summary>The model's hash in lower-case hexadecimal.</summary>
    /// <exception cref="Workspaces.Errors.DataLossException">The checkpoint's mark cannot be read.</exception>
    public string Of(ResolvedModel model)
    {
        var text = new StringBuilder();
        foreach (var part in ((ResolvedModel?[])[model.Base, model]).OfType<ResolvedModel>())
        {
            var files = CheckpointMark.TryRead(part.Folder) is { } mark
                ? mark.Files.Select(file => (Name: file.Key, file.Value.Sha256))
                : Directory.EnumerateFiles(part.Folder).Select(path => (Name: Path.GetFileName(path), Sha256: ""));
            var counted = files.Where(file => Counts(file.Name)).OrderBy(file => file.Name, StringComparer.Ordinal);
            foreach (var (name, sha256) in counted)
                text.Append(name).Append(' ').AppendLine(sha256.Length > 0 ? sha256 : HashOf(part.Folder, name));
            text.AppendLine();
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>A file's hash in lower-case hexadecimal.</summary>
    public string OfFile(string path)
    {
        var file = new FileInfo(path);
        return _known.GetOrAdd((path, file.Length, file.LastWriteTimeUtc), _ =>
        {
            using var stream = file.OpenRead();
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }

    private string HashOf(string folder, string name) => OfFile(Path.Combine(folder, name));

    private static bool Counts(string name) =>
        !s_training.Any(start => name.StartsWith(start, StringComparison.Ordinal))
        && s_endings.Any(end => name.EndsWith(end, StringComparison.Ordinal));
}
