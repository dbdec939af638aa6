namespace Platform.Datasets.Preparation;

/// <summary>What a <see cref="SplitWriter"/> knows beside what it has written.</summary>
/// <param name="DocumentCount">Documents begun.</param>
/// <param name="TextBytes">Bytes of their text.</param>
/// <param name="TruncatedCount">Examples that were cut off at the end of their row.</param>
/// <param name="OpenLength">Tokens of the last document so far.</param>
/// <param name="Lengths">The lengths of the documents before it.</param>
/// <param name="Held">The last document's parts, where it may yet go to validation.</param>
internal sealed record SplitState(
    long DocumentCount,
    long TextBytes,
    long TruncatedCount,
    long OpenLength,
    LengthHistogram Lengths,
    IReadOnlyList<HeldPart> Held)
{
    /// <summary>A new beginning; a fresh one each time, since histograms grow.</summary>
    public static SplitState Start() => new(0, 0, 0, 0, new LengthHistogram(), []);
}

/// <summary>Tokens that are not written yet.</summary>
internal sealed record HeldPart(int[] Tokens, int CountFrom, int CountTo);
