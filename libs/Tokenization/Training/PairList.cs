using System.Buffers.Binary;

namespace Platform.Tokenization.Training;

/// <summary>Every pair of tokens that is frequent enough to be merged, with its count and where it (once) occurred; and
/// the bytes of the tokens, to compare by.</summary>
/// <param name="occurrences">Room for so many, before more has to be made.</param>
internal sealed class PairList(int occurrences) : IDisposable
{
    /// <summary>The index that stands for all pairs that are too rare to be merged.</summary>
    public const int Rare = 0;

    private readonly List<byte[]> _tokens = [];
    private readonly NumberLists _lists = new(occurrences);
    private ulong[] _prefixes = new ulong[512]; // the first 8 bytes, big-endian, so that numbers compare as bytes do
    private Pair[] _pairs = new Pair[1 << 12];
    private long[] _counts = new long[1 << 12]; // apart from the pairs, so that those in use stay in the cache

    private int _count = Rare + 1;

    /// <summary>The tokens so far.</summary>
    public IReadOnlyList<byte[]> Tokens => _tokens;

    /// <summary>One pair; valid until the next <see cref="Add"/>.</summary>
    public ref Pair this[int index] => ref _pairs[index];

    /// <summary>Occurrences of a pair in the text now; valid until the next <see cref="Add"/>.</summary>
    public ref long CountOf(int index) => ref _counts[index];

    public void Dispose() => _lists.Dispose();

    /// <summary>Adds a token and returns its id.</summary>
    public int AddToken(byte[] bytes)
    {
        if (_tokens.Count == _prefixes.Length)
            Array.Resize(ref _prefixes, _tokens.Count * 2);
        Span<byte> prefix = stackalloc byte[8];
        prefix.Clear();
        bytes.AsSpan(0, Math.Min(8, bytes.Length)).CopyTo(prefix);
        _prefixes[_tokens.Count] = BinaryPrimitives.ReadUInt64BigEndian(prefix);
        _tokens.Add(bytes);
        return _tokens.Count - 1;
    }

    /// <summary>Adds a pair and returns its index.</summary>
    public int Add(int left, int right, long count)
    {
        if (_count == _pairs.Length)
        {
            Array.Resize(ref _pairs, checked(_count * 2));
            Array.Resize(ref _counts, _count * 2);
        }

        _pairs[_count] = new Pair { Left = left, Right = right };
        _counts[_count] = count;
        return _count++;
    }

    /// <summary>Where a pair occurs: bigrams of single tokens, and the complements (~) of groups. Some may be stale,
    /// some twice there. Valid until the next addition.</summary>
    public ReadOnlySpan<int> OccurrencesOf(int index) => _lists[_pairs[index].Occurrences];

    /// <summary>Makes room for the occurrences that a new pair is known to get.</summary>
    public void Reserve(int index, int occurrences) => _pairs[index].Occurrences = _lists.Create(occurrences);

    /// <summary>Notes a bigram, or a group's complement, in which a pair occurs.</summary>
    public void AddOccurrence(int index, int occurrence)
    {
        if (index != Rare)
            _lists.Append(ref _pairs[index].Occurrences, occurrence);
    }

    /// <summary>Compares two pairs by their left tokens' bytes, then by their right tokens'.</summary>
    public int CompareBytes(int a, int b)
    {
        ref var first = ref _pairs[a];
        ref var second = ref _pairs[b];
        var order = CompareTokens(first.Left, second.Left);
        return order != 0 ? order : CompareTokens(first.Right, second.Right);
    }

    private int CompareTokens(int a, int b)
    {
        if (a == b)
            return 0;
        var order = _prefixes[a].CompareTo(_prefixes[b]);
        return order != 0 ? order : _tokens[a].AsSpan().SequenceCompareTo(_tokens[b]);
    }

    /// <summary>Two tokens side by side.</summary>
    internal struct Pair
    {
        public int Left, Right;
        public NumberLists.Slice Occurrences;
    }
}
