namespace Platform.Tokenization.Training;

/// <summary>
/// The pairs that the merge at hand makes: those of its new token with a token before it or behind it. Until the merge
/// is done they are known by negative codes; a code of 0 or more is a pair of the list.
/// </summary>
internal sealed class FreshPairs
{
    /// <summary>No pair: nothing follows.</summary>
    public const int None = -1;

    private const int FirstCode = -2;

    private readonly PairList _pairs;
    private readonly long _minFrequency;
    private readonly int[] _before; // codes by the other token
    private readonly int[] _after;
    private FreshPair[] _fresh = new FreshPair[1 << 10];
    private int _count;
    private int _left, _right; // of the merge

    public FreshPairs(PairList pairs, int maxTokens, long minFrequency)
    {
        _pairs = pairs;
        _minFrequency = minFrequency;
        _before = new int[maxTokens];
        _after = new int[maxTokens];
        Array.Fill(_before, None);
        Array.Fill(_after, None);
    }

    /// <summary>The new token.</summary>
    public int Merged { get; private set; }

    /// <summary>Begins a merge.</summary>
    public void Begin(int left, int right, int merged) => (_left, _right, Merged) = (left, right, merged);

    /// <summary>A pair has got the new token in the place of its right one. A rare pair does not get more frequent so.
    /// </summary>
    /// <param name="old">The pair's code before.</param>
    /// <param name="left">Its left token.</param>
    /// <returns>Its code from now on.</returns>
    public int WithRightMerged(int old, int left) =>
        IsRare(old, _before[left], left == _right) ? PairList.Rare : Code(_before, left, left, Merged);

    /// <summary>The same for a pair that has got the new token in the place of its left one.</summary>
    public int WithLeftMerged(int old, int right)
    {
        // The new token twice is one pair, from whichever side it is seen.
        var codes = right == Merged ? _before : _after;
        return IsRare(old, codes[right], right == _left) ? PairList.Rare : Code(codes, right, Merged, right);
    }

    /// <summary>Whether what becomes of a pair is rare: all of it comes from that pair, so as long as none has come
    /// (it has no code yet) it can't be more than what the pair counts now.</summary>
    /// <param name="old">The pair.</param>
    /// <param name="code">The code of what it becomes.</param>
    /// <param name="isMiddle">Whether its other token may be merged too, as in the middle of "abab": there what is lost
    /// on one way to the new token twice could come on the other way.</param>
    private bool IsRare(int old, int code, bool isMiddle) => old == PairList.Rare
        || code == None && old > PairList.Rare && !isMiddle && _pairs.CountOf(old) < _minFrequency;

    /// <summary>Moves occurrences from one pair to another.</summary>
    public void Move(int from, int to, long count)
    {
        if (from == to)
            return;
        CountOf(from) -= count;
        CountOf(to) += count;
    }

    /// <summary>Occurrences of a pair.</summary>
    public ref long CountOf(int code) => ref code >= 0 ? ref _pairs.CountOf(code) : ref _fresh[FirstCode - code].Count;

    /// <summary>All is counted: gives each pair that is frequent enough its place in the list and in the queue. A count
    /// only falls from here on, so a rare pair never comes up: all of these are one.</summary>
    public void Keep(PairQueue queue)
    {
        for (var i = 0; i < _count; i++)
        {
            ref var fresh = ref _fresh[i];
            _before[fresh.Left] = None;
            _after[fresh.Right] = None;
            fresh.Index = PairList.Rare;
            if (fresh.Count < _minFrequency)
                continue;
            fresh.Index = _pairs.Add(fresh.Left, fresh.Right, fresh.Count);
            queue.Push(fresh.Index);
        }
    }

    /// <summary>What a code is in the list, once the pairs are kept.</summary>
    public int Resolve(int code) => code > FirstCode ? code : _fresh[FirstCode - code].Index;

    /// <summary>Forgets the codes.</summary>
    public void End() => _count = 0;

    private int Code(int[] codes, int other, int left, int right)
    {
        var code = codes[other];
        if (code == None)
        {
            code = FirstCode - _count;
            codes[other] = code;
            if (_count == _fresh.Length)
                Array.Resize(ref _fresh, 2 * _fresh.Length);
            _fresh[_count++] = new FreshPair { Left = left, Right = right };
        }

        return code;
    }

    private struct FreshPair
    {
        public long Count;
        public int Left, Right;

        /// <summary>Its index among the pairs, once it has one.</summary>
        public int Index;
    }
}
