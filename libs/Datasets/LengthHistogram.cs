using System.Numerics;

namespace Platform.Datasets;

/// <summary>
/// How long documents are: counts by length, in buckets of half an octave (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, …), so that
/// a story and a book fit into one picture.
/// </summary>
public sealed class LengthHistogram
{
    private readonly List<long> _counts;

    /// <summary>Empty.</summary>
    public LengthHistogram()
        : this([], 0, 0, 0)
    {
    }

    /// <summary>As it was stored.</summary>
    [System.Text.Json.Serialization.JsonConstructor]
    public LengthHistogram(IReadOnlyList<long> counts, long shortest, long longest, long total)
    {
        _counts = [.. counts];
        (Shortest, Longest, Total) = (shortest, longest, total);
    }

    /// <summary>Documents by bucket, up to the last one that has any.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>The shortest document's length.</summary>
    public long Shortest { get; private set; }

    /// <summary>The longest document's length.</summary>
    public long Longest { get; private set; }

    /// <summary>All lengths together.</summary>
    public long Total { get; private set; }

    /// <summary>The smallest length of a bucket.</summary>
    public static long LowerBound(int bucket) => bucket switch
    {
        0 => 0,
        1 => 1,
        _ => (bucket % 2 == 0 ? 2L : 3L) << (bucket / 2 - 1),
    };

    /// <summary>Counts a document.</summary>
    public void Add(long length)
    {
        var bucket = BucketOf(length);
        while (_counts.Count <= bucket)
            _counts.Add(0);
        var isFirst = _counts.TrueForAll(count => count == 0);
        _counts[bucket]++;
        Shortest = isFirst ? length : Math.Min(Shortest, length);
        Longest = Math.Max(Longest, length);
        Total += length;
    }

    private static int BucketOf(long length)
    {
        if (length < 2)
            return (int)length;
        var octave = BitOperations.Log2((ulong)length);
        // 2, 3, 4–5, 6–7, 8–11, 12–15, …
        return 2 * octave + ((length >> (octave - 1)) & 1) switch { 0 => 0, _ => 1 };
    }
}
