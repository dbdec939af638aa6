namespace Platform.Tokenization.Training;

/// <summary>Two groups side by side in the text: how often, at which positions, and which pair of tokens meets between
/// them.</summary>
internal sealed class BigramTable
{
    /// <summary>The index that stands for all bigrams between which a pair meets that is too rare to be merged. What
    /// becomes of them is as rare, so nothing is known of them.</summary>
    public const int Rare = 0;

    private Bigram[] _bigrams = new Bigram[1 << 12];
    private int[] _positions = [];
    private int _positionCount;

    public BigramTable() => _bigrams[Rare].Pair = PairList.Rare;

    /// <summary>Bigrams so far.</summary>
    public int Count { get; private set; } = Rare + 1;

    /// <summary>One bigram; valid until the next addition.</summary>
    public ref Bigram this[int index] => ref _bigrams[index];

    /// <summary>Where a bigram (once) stood, rising; valid until the next <see cref="Place"/>.</summary>
    public ReadOnlySpan<int> PositionsOf(int index) =>
        _positions.AsSpan(_bigrams[index].Start, _bigrams[index].Length);

    /// <summary>Adds a bigram without positions yet.</summary>
    public int Add(int left, int right, int pair, long count)
    {
        if (Count == _bigrams.Length)
            Array.Resize(ref _bigrams, checked(2 * Count));
        _bigrams[Count] = new Bigram { Left = left, Right = right, Pair = pair, Count = count };
        return Count++;
    }

    /// <summary>Makes room for a bigram's positions, of which there is none yet.</summary>
    public void Reserve(int index, int positions)
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
        Array.Resize(ref _positions, (int)Math.Min(Array.MaxLength, length));
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
