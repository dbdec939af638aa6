using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// Finds the merges from the distinct words and their counts. All words lie in one array of linked symbols; a merge
/// visits only the positions of its pair and costs O(1) at each, so a word of thousands of bytes (a Chinese sentence)
/// is no dearer by the byte than a short one. A pair is created within the one merge that creates its younger token,
/// in rising positions, so its list of positions is written once and read in order ("aaa" merges from the left).
/// </summary>
internal sealed class PairMerger
{
    private readonly PairList _pairs = new();
    private readonly PairQueue _queue;
    private readonly Symbol[] _symbols;
    private readonly long[] _wordCounts;
    private readonly long _minFrequency;
    private int[] _positions;
    private int _positionCount;

    // What the merge at hand adds: the pairs with its new token, by the other token, and where they stand.
    private readonly List<(int Pair, int Position)> _added = [];
    private readonly int[] _pairBefore;
    private readonly int[] _pairAfter;
    private readonly List<int> _newPairs = [];

    public PairMerger(ByteStringTable words, ReadOnlySpan<long> counts, int maxTokens, long minFrequency)
    {
        _queue = new PairQueue(_pairs);
        _minFrequency = minFrequency;
        _wordCounts = counts.ToArray();
        _symbols = new Symbol[words.TotalBytes];
        _positions = new int[words.TotalBytes];
        _pairBefore = new int[maxTokens];
        _pairAfter = new int[maxTokens];
        Array.Fill(_pairBefore, -1);
        Array.Fill(_pairAfter, -1);
        var byteIds = new int[256];
        foreach (var value in Gpt2Bytes.Order)
            byteIds[value] = _pairs.AddToken([value]);
        LinkWords(words, byteIds);
        ListFirstPositions();
    }

    /// <summary>The bytes of all tokens: 256 bytes, then one for each merge.</summary>
    public IReadOnlyList<byte[]> Tokens => _pairs.Tokens;

    /// <summary>Performs the next merge; false where no pair occurs often enough.</summary>
    public bool TryMerge(out int left, out int right)
    {
        while (_queue.Count > 0)
        {
            var (count, index) = _queue.Pop();
            ref var pair = ref _pairs[index];
            if (pair.Count != count)
            {
                if (pair.Count >= _minFrequency)
                    _queue.Push(pair.Count, index);
                continue;
            }

            (left, right) = (pair.Left, pair.Right);
            MergeEverywhere(index);
            return true;
        }

        (left, right) = (-1, -1);
        return false;
    }

    private void MergeEverywhere(int index)
    {
        var pair = _pairs[index];
        var merged = _pairs.AddToken([.. _pairs.Tokens[pair.Left], .. _pairs.Tokens[pair.Right]]);
        for (var i = pair.Start; i < pair.Start + pair.Length; i++)
        {
            var position = _positions[i];
            ref var symbol = ref _symbols[position];
            if (symbol.Pair != index)
                continue;
            ref var next = ref _symbols[symbol.Next];
            var count = _wordCounts[symbol.Word];
            symbol.Token = merged;
            symbol.Pair = -1;
            if (symbol.Previous >= 0)
            {
                ref var previous = ref _symbols[symbol.Previous];
                _pairs[previous.Pair].Count -= count;
                previous.Pair = AddOccurrence(_pairBefore, previous.Token, previous.Token, merged,
                    symbol.Previous, count);
            }

            if (next.Next >= 0)
            {
                ref var following = ref _symbols[next.Next];
                _pairs[next.Pair].Count -= count;
                following.Previous = position;
                symbol.Pair = AddOccurrence(_pairAfter, following.Token, merged, following.Token, position, count);
            }

            symbol.Next = next.Next;
            next.Pair = -1;
        }

        _pairs[index].Count = 0;
        FinishNewPairs();
    }

    private int AddOccurrence(int[] pairOf, int other, int left, int right, int position, long count)
    {
        ref var pair = ref pairOf[other];
        if (pair < 0)
        {
            pair = _pairs.Add(left, right);
            _newPairs.Add(pair);
        }

        ref var entry = ref _pairs[pair];
        entry.Count += count;
        entry.Length++;
        _added.Add((pair, position));
        return pair;
    }

    /// <summary>Gives each new pair its slice of positions and its place in the queue.</summary>
    private void FinishNewPairs()
    {
        foreach (var index in _newPairs)
        {
            ref var pair = ref _pairs[index];
            // A count only falls after this merge, so a rare pair will never come up: its positions are not kept.
            pair.Start = pair.Count >= _minFrequency ? _positionCount : -1;
            if (pair.Start < 0)
                continue;
            _positionCount = checked(_positionCount + pair.Length);
            pair.Length = 0;
            _queue.Push(pair.Count, index);
        }

        if (_positionCount > _positions.Length)
            Array.Resize(ref _positions, (int)Math.Min(Array.MaxLength, Math.Max(_positionCount, 2L * _positions.Length)));
        foreach (var (index, position) in _added)
        {
            ref var pair = ref _pairs[index];
            if (pair.Start >= 0)
                _positions[pair.Start + pair.Length++] = position;
        }

        foreach (var index in _newPairs)
        {
            ref var pair = ref _pairs[index];
            _pairBefore[pair.Left] = -1;
            _pairAfter[pair.Right] = -1;
        }

        _newPairs.Clear();
        _added.Clear();
    }

    private void LinkWords(ByteStringTable words, int[] byteIds)
    {
        var position = 0;
        for (var word = 0; word < words.Count; word++)
        {
            var bytes = words[word];
            for (var i = 0; i < bytes.Length; i++, position++)
            {
                _symbols[position] = new Symbol
                {
                    Token = byteIds[bytes[i]],
                    Previous = i == 0 ? -1 : position - 1,
                    Next = i + 1 == bytes.Length ? -1 : position + 1,
                    Pair = -1,
                    Word = word,
                };
            }
        }
    }

    private void ListFirstPositions()
    {
        var pairOf = new int[256 * 256];
        Array.Fill(pairOf, -1);
        for (var position = 0; position < _symbols.Length; position++)
        {
            ref var symbol = ref _symbols[position];
            if (symbol.Next < 0)
                continue;
            var right = _symbols[symbol.Next].Token;
            ref var pair = ref pairOf[symbol.Token * 256 + right];
            if (pair < 0)
                pair = _pairs.Add(symbol.Token, right);
            symbol.Pair = pair;
            ref var entry = ref _pairs[pair];
            entry.Count += _wordCounts[symbol.Word];
            entry.Length++;
        }

        for (var index = 0; index < _pairs.Count; index++)
        {
            ref var pair = ref _pairs[index];
            pair.Start = _positionCount;
            _positionCount += pair.Length;
            pair.Length = 0;
            if (pair.Count >= _minFrequency)
                _queue.Push(pair.Count, index);
        }

        for (var position = 0; position < _symbols.Length; position++)
        {
            if (_symbols[position].Pair is >= 0 and var index)
            {
                ref var pair = ref _pairs[index];
                _positions[pair.Start + pair.Length++] = position;
            }
        }
    }

    /// <summary>A token at its first byte's position. Other positions are dead.</summary>
    private struct Symbol
    {
        public int Token;
        public int Previous;
        public int Next;

        /// <summary>The pair that it makes with the next one; -1 at the end of a word and when dead.</summary>
        public int Pair;

        public int Word;
    }
}
