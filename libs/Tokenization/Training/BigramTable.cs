using Platform.Tokenization.Memory;

namespace Platform.Tokenization.Training;

/// <summary>Two groups side by side in the text: how often, at which positions, and which pair of tokens meets between
/// them.</summary>
internal sealed class BigramTable : IDisposable
{
    /// <summary>The index that stands for all bigrams between which a pair meets that is too rare to be merged. What
    /// becomes of them is as rare, so nothing is known of them.</summary>
    public const int Rare = 0;

    private const int MinReserved = 1 << 10;

    private readonly LargeArray<Bigram> _bigrams = new(1 << 12);
    private readonly LargeArray<int> _positions = new(0);
    private int _positionCount;

    private ulong[] _rare = new ulong[1 << 6]; // a bit each

    public BigramTable()
    {
        _bigrams[Rare] = new Bigram { Pair = PairList.Rare };
        SetRare(Rare);
    }

    /// <summary>Bigrams so far.</summary>
    public int Count { get; private set; } = Rare + 1;

    /// <summary>One bigram; valid until the next addition.</summary>
    public ref Bigram this[int index] => ref _bigrams[index];

    public void Dispose()
    {
        _bigrams.Dispose();
        _positions.Dispose();
    }

    /// <summary>Whether a bigram is known to be as good as <see cref="Rare"/>.</summary>
    public bool IsRare(int index) => (_rare[index >> 6] >> index & 1) != 0;

    /// <summary>A bigram has got a rare pair.</summary>
    public void SetRare(int index) => _rare[index >> 6] |= 1UL << index;

    /// <summary>A bigram will be looked at soon.</summary>
    public void Prefetch(int index) => _bigrams.Prefetch(index);

    /// <summary>Where a bigram (once) stood, rising; valid until the next <see cref="Place"/>.</summary>
    public ReadOnlySpan<int> PositionsOf(int index) =>
        _positions.Slice(_bigrams[index].Start, _bigrams[index].Length);

    /// <summary>Makes room for a text's first bigrams and their positions, and for what joinings will add; memory that
    /// is not touched costs nothing.</summary>
    public void Reserve(int bigrams, int positions)
    {
        _bigrams.Resize(checked(Count + bigrams + Math.Max(bigrams, MinReserved)));
        Array.Resize(ref _rare, _bigrams.Length / 64 + 1);
        _positions.Resize((int)Math.Min(Array.MaxLength, 3L * positions / 2));
    }

    /// <summary>Room for bigrams in a row, before <see cref="Take"/>.</summary>
    public Span<Bigram> Slice(int start, int count) => _bigrams.Slice(start, count);

    /// <summary>Writes a position of one of them.</summary>
    public void SetPosition(int at, int position) => _positions[at] = position;

    /// <summary>Takes over the bigrams and positions that were written into the room for them.</summary>
    public void Take(int bigrams, int positions)
    {
        Count += bigrams;
        _positionCount = positions;
    }

    /// <summary>Adds a bigram without positions yet.</summary>
    public int Add(int left, int right, int pair, long count)
    {
        if (Count == _bigrams.Length)
        {
            _bigrams.Resize(checked(2 * Count));
            Array.Resize(ref _rare, _bigrams.Length / 64 + 1);
        }

        _bigrams[Count] = new Bigram { Left = left, Right = right, Pair = pair, Count = count };
        return Count++;
    }

    /// <summary>Makes room for a bigram's positions, of which there is none yet.</summary>
    public void ReservePositions(int index, int positions)
    {
        _bigrams[index].Start = _positionCount;
        _bigrams[index].Length = 0;
        _positionCount = checked(_positionCount + positions);
    }

    /// <summary>All room is made that is needed for now.</summary>
    public void GrowPositions()
    {
        if (_positionCount <= _positions.Length)
            return;
        var length = Math.Max(_positionCount, 3L * _positions.Length / 2);
        _positions.Resize((int)Math.Min(Array.MaxLength, length));
    }

    /// <summary>Notes a position of a bigram, in the room made for it.</summary>
    public void Place(int index, int position)
    {
        ref var bigram = ref _bigrams[index];
        _positions[bigram.Start + bigram.Length++] = position;
    }

    internal struct Bigram
    {
        /// <summary>Occurrences in the training text now.</summary>
        public long Count;

        /// <summary>The groups.</summary>
        public int Left, Right;

        /// <summary>The pair of the left one's last token and the right one's first.</summary>
        public int Pair;

        /// <summary>Its slice of the positions; some may be stale.</summary>
        public int Start, Length;
    }
}
