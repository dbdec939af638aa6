using System.Text;
using Platform.Datasets.Readers;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Makes a caller's file name safe to use on this disk.</summary>
internal static class UploadName
{
    private const int MaxBytes = 200;

    private static readonly string[] s_tokenizerExtensions = [".tiktoken", ".bpe", ".gguf"];

    /// <summary>The name to keep the file under; null where the name cannot be used, with the reason.</summary>
    public static string? TrySanitize(string name, out string? problem)
    {
        problem = name switch
        {
            "" => "A file name is needed.",
            _ when name.IndexOfAny(['/', '\\']) >= 0 => "The name must hold no folder.",
            _ when Encoding.UTF8.GetByteCount(name) > MaxBytes => $"The name is longer than {MaxBytes} bytes.",
            _ when !SourceFile.IsReadable(name) && !SourceFile.IsShard(name) && !IsTokenizer(name) =>
                $"The name must end in one of {string.Join(' ', SourceFile.Extensions)}, all but .parquet also with .gz"
                + $" or .zst; for token shards in one of {string.Join(' ', SourceFile.ShardExtensions)},"
                + $" for a tokenizer in one of {string.Join(' ', s_tokenizerExtensions)}.",
            _ => null,
        };
        if (problem is not null)
            return null;

        var safe = string.Concat(name.Select(c => char.IsControl(c) || ":*?\"<>|".Contains(c) ? '_' : c));
        // A leading dot would hide the file; the other name is the upload's own.
        return safe.StartsWith('.') || safe == UploadManifest.Name ? "_" + safe : safe;
    }

    private static bool IsTokenizer(string name) =>
        s_tokenizerExtensions.Contains(Path.GetExtension(name).ToLowerInvariant());
}
