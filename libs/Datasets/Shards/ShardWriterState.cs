namespace Platform.Datasets.Shards;

/// <summary>
/// How far a <see cref="ShardWriter"/> has come, on disk for certain: all that going on with it needs.
/// </summary>
/// <param name="Files">The shards that are whole.</param>
/// <param name="OpenTokens">Tokens in the one behind them.</param>
public sealed record ShardWriterState(IReadOnlyList<ShardFile> Files, long OpenTokens);
