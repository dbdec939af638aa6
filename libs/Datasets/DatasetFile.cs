using Platform.Datasets.Shards;

namespace Platform.Datasets;

/// <summary>One file of a data set.</summary>
/// <param name="Name">File name without a folder.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Sha256">SHA-256 of the whole file, lower-case hex.</param>
/// <param name="Tokens">Tokens in it, for shards.</param>
/// <param name="Documents">Documents or items in it, for the other kinds.</param>
public sealed record DatasetFile(
    string Name, long SizeBytes, string Sha256, long? Tokens = null, long? Documents = null)
{
    /// <summary>A shard, and its loss mask where it has one.</summary>
    internal static IEnumerable<DatasetFile> Of(ShardFile shard)
    {
        yield return new DatasetFile(shard.Name, shard.SizeBytes, shard.Sha256, Tokens: shard.Tokens);
        if (shard.MaskSha256 is { } mask)
            yield return new DatasetFile(shard.Name + ShardFormat.MaskSuffix, shard.Tokens, mask);
    }
}
