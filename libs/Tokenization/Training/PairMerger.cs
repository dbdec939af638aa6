using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// Finds the merges from the distinct words and their counts. All words lie in one array of linked symbols; a merge
/// visits only the positions of its pair and costs O(1) at each, so a word of thousands of bytes (a Chinese sentence)
/// is no dearer by the byte than a short one. A pair is created within the one merge that creates its younger token,
/// in rising positions, so its list of positions is written once and read in order ("aaa" merges from the left).
/// </summary>
internal sealed unsafe class PairMerger
{
    // The positions of a pair lie all over a large text: each is fetched into the cache while some before it are
    // being worked on.
    private const int PrefetchDistance = 12;

    private readonly PairList _pairs = new();
    private readonly PairQueue _queue;
    private readonly Symbol[] _symbolArray;
    private readonly Symbol* _symbols;
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
        _symbolArray = GC.AllocateUninitializedArray<Symbol>(words.TotalBytes, pinned: true);
        _symbols = (Symbol*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_symbolArray));
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
            var current = _pairs.CountOf(index);
            if (current != count)
            {
                if (current >= _minFrequency)
                    _queue.Push(current, index);
                continue;
            }

            (left, right) = (_pairs[index].Left, _pairs[index].Right);
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
        var positions = _positions.AsSpan(pair.Start, pair.Length);
        for (var i = 0; i < positions.Length; i++)
        {
            if (Sse.IsSupported && i + PrefetchDistance < positions.Length)
                Sse.Prefetch0(_symbols + positions[i + PrefetchDistance]);
            if (_symbols[positions[i]].Pair == index)
                MergeAt(positions[i], merged);
        }

        _pairs.CountOf(index) = 0;
        FinishNewPairs();
    }

    private void MergeAt(int position, int merged)
    {
        var symbol = _symbols + position;
        var next = _symbols + symbol->Next;
        var count = _wordCounts[symbol->Word];
        symbol->Token = merged;
        symbol->Pair = -1;
        if (symbol->Previous >= 0)
        {
            var previous = _symbols + symbol->Previous;
            _pairs.CountOf(previous->Pair) -= count;
            previous->Pair = AddOccurrence(
                _pairBefore, previous->Token, previous->Token, merged, symbol->Previous, count);
        }

        if (next->Next >= 0)
        {
            var following = _symbols + next->Next;
            _pairs.CountOf(next->Pair) -= count;
            following->Previous = position;
            symbol->Pair = AddOccurrence(_pairAfter, following->Token, merged, following->Token, position, count);
        }

        symbol->Next = next->Next;
        next->Pair = -1;
    }

    private int AddOccurrence(int[] pairOf, int other, int left, int right, int position, long count)
    {
        ref var pair = ref pairOf[other];
        if (pair < 0)
        {
            pair = _pairs.Add(left, right);
            _newPairs.Add(pair);
        }

        _pairs.CountOf(pair) += count;
        _pairs[pair].Length++;
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
            var count = _pairs.CountOf(index);
            pair.Start = count >= _minFrequency ? _positionCount : -1;
            if (pair.Start < 0)
                continue;
            _positionCount = checked(_positionCount + pair.Length);
            pair.Length = 0;
            _queue.Push(count, index);
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
        for (var position = 0; position < _symbolArray.Length; position++)
        {
            ref var symbol = ref _symbols[position];
            if (symbol.Next < 0)
                continue;
            var right = _symbols[symbol.Next].Token;
            ref var pair = ref pairOf[symbol.Token * 256 + right];
            if (pair < 0)
                pair = _pairs.Add(symbol.Token, right);
            symbol.Pair = pair;
            _pairs.CountOf(pair) += _wordCounts[symbol.Word];
            _pairs[pair].Length++;
        }

        for (var index = 0; index < _pairs.Count; index++)
        {
            ref var pair = ref _pairs[index];
            pair.Start = _positionCount;
            _positionCount += pair.Length;
            pair.Length = 0;
            if (_pairs.CountOf(index) >= _minFrequency)
                _queue.Push(_pairs.CountOf(index), index);
        }

        for (var position = 0; position < _symbolArray.Length; position++)
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
