namespace Platform.Datasets.Shards;

/// <summary>A shard as it was written.</summary>
/// <param name="Name">File name without a folder.</param>
/// <param name="Tokens">Tokens in it.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Sha256">SHA-256 of the whole file, lower-case hex.</param>
/// <param name="MaskSha256">The same of its loss mask, which has one byte a token; null where there is none.</param>
public sealed record ShardFile(string Name, long Tokens, long SizeBytes, string Sha256, string? MaskSha256 = null);
