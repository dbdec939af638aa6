using System.Text.Json;
using Platform.Datasets.Readers;
using Platform.Tokenization;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary><c>manifest.json</c> of a trained tokenizer; written last, so a folder without it is no tokenizer yet.
/// </summary>
internal sealed record TokenizerManifest
{
    public const int CurrentFormat = 1;
    public const string FileName = "manifest.json";
    public const string DefinitionFileName = "tokenizer.json";

    public int FormatVersion { get; init; } = CurrentFormat;

    public required string Id { get; init; }

    public required TokenizerAlgorithm Algorithm { get; init; }

    public required int VocabularySize { get; init; }

    public required int MergeCount { get; init; }

    /// <summary>Bytes of training text.</summary>
    public required long TrainedBytes { get; init; }

    /// <summary>Records of that text that were passed over.</summary>
    public long SkippedCount { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<SkippedRecord> Skipped { get; init; } = [];

    /// <summary>SHA-256 of tokenizer.json, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Special tokens and their ids.</summary>
    public required IReadOnlyDictionary<string, int> SpecialTokens { get; init; }

    public static string PathIn(string folder) => Path.Combine(folder, FileName);

    public void Write(string folder) =>
        AtomicFile.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(this, WorkspaceJson.Indented));

    /// <summary>Reads a folder's manifest; null where there is none.</summary>
    /// <exception cref="DataLossException">It cannot be read.</exception>
    public static TokenizerManifest? TryRead(string folder)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<TokenizerManifest>(
                File.ReadAllBytes(PathIn(folder)), WorkspaceJson.Indented);
            return manifest is { FormatVersion: <= CurrentFormat } ? manifest : throw new DataLossException(
                $"'{PathIn(folder)}' has the format {manifest?.FormatVersion}, which is newer than {CurrentFormat}.");
        }
        catch (JsonException e)
        {
            throw new DataLossException("DATA_LOSS", $"'{PathIn(folder)}' cannot be read: {e.Message}", e);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
