using System.Security.Cryptography;
using System.Text.Json;
using Platform.Datasets.Batches;
using Platform.Datasets.Shards;
using Platform.Workspaces;

namespace Platform.Datasets;

/// <summary>A finished data set on disk. Its folder is all that a reader needs.</summary>
public sealed class DatasetFolder
{
    /// <summary>The name of the tokenizer's file beside the shards.</summary>
    public const string TokenizerFileName = "tokenizer.json";

    /// <summary>The name of the file with evaluation items.</summary>
    public const string ItemsFileName = "items.jsonl";

    private DatasetFolder(string path, DatasetManifest manifest)
    {
        Path = path;
        Manifest = manifest;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Path { get; }

    /// <summary>What it holds.</summary>
    public DatasetManifest Manifest { get; }

    /// <summary>The tokenizer's file; there for token shards only.</summary>
    public string TokenizerPath => System.IO.Path.Combine(Path, TokenizerFileName);

    /// <summary>The name of the n-th file of documents.</summary>
    public static string DocumentsFileName(int index) => $"documents-{index:D5}.jsonl";

    /// <summary>Whether the folder holds a finished data set.</summary>
    public static bool IsComplete(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, DatasetManifest.FileName));

    /// <summary>Reads the manifest and checks that every file is there in its size.</summary>
    /// <exception cref="DirectoryNotFoundException">No data set is there, or it is not finished.</exception>
    /// <exception cref="DamagedDatasetException">The manifest cannot be read, or a file is not as it says.</exception>
    public static DatasetFolder Open(string folder)
    {
        if (!IsComplete(folder))
            throw new DirectoryNotFoundException($"'{folder}' holds no finished data set.");
        var path = System.IO.Path.GetFullPath(folder);
        var manifest = ReadManifest(System.IO.Path.Combine(path, DatasetManifest.FileName));
        foreach (var file in manifest.Files)
        {
            var info = new FileInfo(System.IO.Path.Combine(path, file.Name));
            if (!info.Exists || info.Length != file.SizeBytes)
            {
                var found = info.Exists ? $"has {info.Length}" : "is missing; it had";
                throw new DamagedDatasetException(
                    $"The data set in '{path}' is damaged: {file.Name} {found} of {file.SizeBytes} bytes.");
            }
        }

        return new DatasetFolder(path, manifest);
    }

    /// <summary>Maps the shards to train on.</summary>
    public TokenShardSet OpenTrain() => OpenShards(ShardSplit.Train);

    /// <summary>Maps the shards to validate on; an empty set where none were set aside.</summary>
    public TokenShardSet OpenValidation() => OpenShards(ShardSplit.Validation);

    /// <summary>Training batches: rows that stand for themselves where the data set has such, else places in one long
    /// sequence.</summary>
    /// <param name="shards">Of <see cref="OpenTrain"/>.</param>
    /// <param name="shape">B and T, and this process's place.</param>
    /// <param name="seed">For batches from random places; null: in order.</param>
    /// <exception cref="ArgumentException">T does not fit the data set's rows.</exception>
    /// <exception cref="DatasetTooSmallException">There is not enough for a single batch.</exception>
    public IBatchLoader CreateLoader(TokenShardSet shards, BatchShape shape, long? seed)
    {
        CheckColumns(shape.Columns);
        if (Manifest.Instructions?.RowTokens is not null)
            return new RowBatchLoader(shards, shape, seed);
        return seed is { } value
            ? new RandomBatchLoader(shards, shape, value)
            : new SequentialBatchLoader(shards, shape);
    }

    /// <summary>Validation batches.</summary>
    /// <param name="shards">Of <see cref="OpenValidation"/>.</param>
    /// <param name="shape">B and T, and this process's place.</param>
    /// <param name="limit">So many batches over all ranks at most; null: the whole split.</param>
    /// <exception cref="ArgumentException">T does not fit the data set's rows.</exception>
    public ValidationBatches CreateValidation(TokenShardSet shards, BatchShape shape, int? limit)
    {
        CheckColumns(shape.Columns);
        return new ValidationBatches(shards, shape, limit, Manifest.Instructions?.RowTokens);
    }

    /// <summary>Paths of the files that are neither shards nor the tokenizer, in order.</summary>
    public IReadOnlyList<string> DocumentFiles() =>
        [.. Manifest.Files.Where(file => file.Documents is not null).Select(f => System.IO.Path.Combine(Path, f.Name))];

    /// <summary>Reads every file and compares its hash with the manifest.</summary>
    /// <exception cref="DamagedDatasetException">One differs.</exception>
    public async Task VerifyHashesAsync(CancellationToken cancellationToken)
    {
        foreach (var file in Manifest.Files)
        {
            await using var stream = File.OpenRead(System.IO.Path.Combine(Path, file.Name));
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
            if (sha256 != file.Sha256)
            {
                throw new DamagedDatasetException(
                    $"The data set in '{Path}' is damaged: {file.Name} is not what was written (its SHA-256 differs).");
            }
        }
    }

    private static DatasetManifest ReadManifest(string path)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<DatasetManifest>(File.ReadAllBytes(path), WorkspaceJson.Indented)
                ?? throw new JsonException("it is null");
            return manifest.FormatVersion <= DatasetManifest.CurrentFormat
                ? manifest
                : throw new DamagedDatasetException(
                    $"'{path}' has format {manifest.FormatVersion}; this version reads up to"
                    + $" {DatasetManifest.CurrentFormat}. It was written by a newer one.");
        }
        catch (JsonException e)
        {
            throw new DamagedDatasetException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private void CheckColumns(int columns)
    {
        if (Manifest.Instructions?.RowTokens is { } row && row != columns + 1)
        {
            throw new ArgumentException(
                $"The data set's examples have rows for sequences of {row - 1} tokens; {columns} do not fit them.");
        }
    }

    private TokenShardSet OpenShards(string split)
    {
        if (Manifest.Kind != DatasetKind.Tokens)
            throw new InvalidOperationException($"'{Path}' holds {Manifest.Kind}, not token shards.");
        return TokenShardSet.Open(Path, split);
    }
}
