namespace Platform.Datasets.Preparation;

/// <summary>What a preparation has written, for the manifest.</summary>
/// <param name="Files">In order, flushed to disk.</param>
/// <param name="DocumentCount">Documents or items.</param>
/// <param name="TextBytes">Bytes of text, in UTF-8.</param>
/// <param name="TrainTokens">For token shards.</param>
/// <param name="ValidationTokens">For token shards.</param>
public sealed record PreparedContent(
    IReadOnlyList<DatasetFile> Files,
    long DocumentCount,
    long TextBytes,
    long TrainTokens = 0,
    long ValidationTokens = 0)
{
    /// <summary>The documents' lengths: in tokens for shards, else in characters.</summary>
    public LengthHistogram? Lengths { get; init; }

    /// <summary>Examples that were longer than their row.</summary>
    public long TruncatedCount { get; init; }
}
