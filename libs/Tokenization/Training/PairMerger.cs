using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// Finds the merges from the distinct words and their counts. All words lie in one array with a place for each byte; a
/// token's id stands at its first and at its last byte, so that both neighbours of a token are found without links,
/// and a word of thousands of bytes (a Chinese sentence) is no dearer by the byte than a short one. A merge visits only
/// the positions of its pair. A pair is created within the one merge that creates its younger token, in rising
/// positions, so its list of positions is written once and read in order ("aaa" merges from the left).
/// </summary>
internal sealed unsafe class PairMerger
{
    // Positions of a pair lie all over a large text: each is fetched into the cache while some before it are worked on.
    private const int PrefetchDistance = 16;
    private const int CancellationInterval = 1 << 16;

    // What Site.Pair may be beside the index of a pair: none, or (from FirstFresh down) one of the merge at hand.
    private const int None = -1;
    private const int FirstFresh = -2;
    private const int Border = -1;

    private readonly PairList _pairs = new();
    private readonly PairQueue _queue;
    private readonly WordCounts _counts;
    private readonly Site[] _siteArray;
    private readonly Site* _sites;
    private readonly int[] _lengths; // of tokens, in bytes
    private readonly long _minFrequency;
    private readonly CancellationToken _cancellationToken;
    private int[] _positions;
    private int _positionCount;

    // The pairs that the merge at hand makes, and where; by the other token, those with the new token behind or before.
    private readonly int[] _freshBefore;
    private readonly int[] _freshAfter;
    private FreshPair[] _fresh = new FreshPair[1 << 10];
    private int _freshCount;
    private (int Fresh, int Position)[] _added = new (int, int)[1 << 12];

    public PairMerger(
        ByteStringTable words, ReadOnlySpan<long> counts, int maxTokens, long minFrequency,
        CancellationToken cancellationToken)
    {
        _queue = new PairQueue(_pairs);
        _minFrequency = minFrequency;
        _cancellationToken = cancellationToken;
        _counts = new WordCounts(counts);
        _siteArray = GC.AllocateUninitializedArray<Site>(checked(words.TotalBytes + words.Count + 1), pinned: true);
        _sites = (Site*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_siteArray));
        _positions = GC.AllocateUninitializedArray<int>(words.TotalBytes);
        _lengths = GC.AllocateArray<int>(maxTokens, pinned: true);
        _freshBefore = new int[maxTokens];
        _freshAfter = new int[maxTokens];
        Array.Fill(_freshBefore, None);
        Array.Fill(_freshAfter, None);
        var byteIds = new int[256];
        foreach (var value in Gpt2Bytes.Order)
            byteIds[value] = AddToken([value]);
        LayOut(words, byteIds);
        ListFirstPairs();
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
        var merged = AddToken([.. _pairs.Tokens[pair.Left], .. _pairs.Tokens[pair.Right]]);
        // Two at most for each position.
        if (_added.Length < 2L * pair.Length)
            _added = GC.AllocateUninitializedArray<(int, int)>(checked(Math.Max(2 * pair.Length, 2 * _added.Length)));
        var added = MergeAt(_positions.AsSpan(pair.Start, pair.Length), index, pair.Left, pair.Right, merged);
        _pairs.CountOf(index) = 0;
        KeepFreshPairs();
        PlaceFreshPairs(_added.AsSpan(0, added));
        for (var i = 0; i < _freshCount; i++)
        {
            _freshBefore[_fresh[i].Left] = None;
            _freshAfter[_fresh[i].Right] = None;
        }

        _freshCount = 0;
    }

    /// <returns>How many entries of <see cref="_added"/> it wrote.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int MergeAt(ReadOnlySpan<int> positions, int index, int left, int right, int merged)
    {
        var sites = _sites;
        var lengths = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_lengths));
        var (leftLength, rightLength) = (lengths[left], lengths[right]);
        var counts = new WordCounts.Cursor(_counts);
        var added = 0;
        for (var i = 0; i < positions.Length; i++)
        {
            if (i + PrefetchDistance < positions.Length && Sse.IsSupported)
                Sse.Prefetch0(sites + positions[i + PrefetchDistance]);
            if ((i & (CancellationInterval - 1)) == CancellationInterval - 1)
                _cancellationToken.ThrowIfCancellationRequested();
            var site = sites + positions[i];
            if (site->Pair != index)
                continue;

            var count = counts.At(positions[i]);
            var second = site + leftLength;
            var following = second + rightLength;
            var before = site[-1].Token;
            if (before != Border)
            {
                var previous = site - lengths[before];
                Drop(previous->Pair, count);
                var fresh = Count(_freshBefore, before, before, merged, count);
                previous->Pair = FirstFresh - fresh;
                _added[added++] = (fresh, (int)(previous - sites));
            }

            var after = following->Token;
            if (after != Border)
            {
                Drop(second->Pair, count);
                var fresh = Count(_freshAfter, after, merged, after, count);
                site->Pair = FirstFresh - fresh;
                _added[added++] = (fresh, positions[i]);
            }
            else
            {
                site->Pair = None;
            }

            second->Pair = None;
            site->Token = merged;
            following[-1].Token = merged;
        }

        return added;
    }

    /// <summary>A pair has lost its place here to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Drop(int pair, long count)
    {
        if (pair >= 0)
            _pairs.CountOf(pair) -= count;
        else
            _fresh[FirstFresh - pair].Count -= count;
    }

    /// <summary>Counts an occurrence of a pair that this merge makes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Count(int[] freshOf, int other, int left, int right, long count)
    {
        var fresh = freshOf[other];
        if (fresh < 0)
        {
            fresh = AddFresh(left, right);
            freshOf[other] = fresh;
        }

        ref var pair = ref _fresh[fresh];
        pair.Count += count;
        pair.Length++;
        return fresh;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int AddFresh(int left, int right)
    {
        if (_freshCount == _fresh.Length)
            Array.Resize(ref _fresh, 2 * _fresh.Length);
        _fresh[_freshCount] = new FreshPair { Left = left, Right = right };
        return _freshCount++;
    }

    /// <summary>Gives each fresh pair its slice of positions and its place in the queue. A count only falls from here
    /// on, so a rare pair never comes up: all of these are one, and their positions are not kept.</summary>
    private void KeepFreshPairs()
    {
        for (var i = 0; i < _freshCount; i++)
        {
            ref var fresh = ref _fresh[i];
            fresh.Index = PairList.Rare;
            if (fresh.Count < _minFrequency)
                continue;
            fresh.Index = _pairs.Add(fresh.Left, fresh.Right, fresh.Count, _positionCount);
            fresh.Next = _positionCount;
            _positionCount = checked(_positionCount + fresh.Length);
            _queue.Push(fresh.Count, fresh.Index);
        }

        if (_positionCount > _positions.Length)
            Array.Resize(ref _positions, (int)Math.Min(Array.MaxLength, Math.Max(_positionCount, 3L * _positions.Length / 2)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PlaceFreshPairs(ReadOnlySpan<(int Fresh, int Position)> added)
    {
        for (var i = 0; i < added.Length; i++)
        {
            var (fresh, position) = added[i];
            ref var pair = ref _fresh[fresh];
            var site = _sites + position;
            // Else a later position of the same merge has taken this one's place ("aaaa").
            if (site->Pair != FirstFresh - fresh)
                continue;
            site->Pair = pair.Index;
            if (pair.Index != PairList.Rare)
                _positions[pair.Next++] = position;
        }

        for (var i = 0; i < _freshCount; i++)
        {
            ref var fresh = ref _fresh[i];
            if (fresh.Index != PairList.Rare)
                _pairs[fresh.Index].Length = fresh.Next - _pairs[fresh.Index].Start;
        }
    }

    private int AddToken(byte[] bytes)
    {
        var token = _pairs.AddToken(bytes);
        _lengths[token] = bytes.Length;
        return token;
    }

    /// <summary>The words one after another, those of the highest count first, with borders around each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayOut(ByteStringTable words, int[] byteIds)
    {
        var site = _sites;
        *site++ = new Site { Token = Border, Pair = None };
        var order = _counts.Order;
        for (var i = 0; i < order.Length; i++)
        {
            if ((i & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            _counts.SetPosition(i, (int)(site - _sites));
            foreach (var value in words[order[i]])
                *site++ = new Site { Token = byteIds[value], Pair = None };
            *site++ = new Site { Token = Border, Pair = None };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ListFirstPairs()
    {
        var found = new FreshPair[256 * 256];
        var counts = new WordCounts.Cursor(_counts);
        var end = _siteArray.Length - 1;
        for (var position = 1; position < end; position++)
        {
            if ((position & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            var (left, right) = (_sites[position].Token, _sites[position + 1].Token);
            if (left == Border || right == Border)
                continue;
            ref var pair = ref found[left << 8 | right];
            pair.Count += counts.At(position);
            pair.Length++;
        }

        for (var key = 0; key < found.Length; key++)
        {
            ref var pair = ref found[key];
            if (pair.Count < _minFrequency || pair.Length == 0)
                continue;
            pair.Index = _pairs.Add(key >> 8, key & 0xFF, pair.Count, _positionCount);
            _pairs[pair.Index].Length = pair.Length;
            pair.Next = _positionCount;
            _positionCount += pair.Length;
            _queue.Push(pair.Count, pair.Index);
        }

        for (var position = 1; position < end; position++)
        {
            if ((position & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            var (left, right) = (_sites[position].Token, _sites[position + 1].Token);
            if (left == Border || right == Border)
                continue;
            ref var pair = ref found[left << 8 | right];
            _sites[position].Pair = pair.Index;
            if (pair.Index != PairList.Rare)
                _positions[pair.Next++] = position;
        }
    }

    /// <summary>The place of a byte. Inside a token of three bytes or more nothing holds.</summary>
    private struct Site
    {
        /// <summary>At a token's first and last byte the token; between words <see cref="Border"/>.</summary>
        public int Token;

        /// <summary>At a token's first byte the pair that it makes with the next token.</summary>
        public int Pair;
    }

    /// <summary>A pair that the merge at hand makes.</summary>
    private struct FreshPair
    {
        public long Count;
        public int Left, Right;

        /// <summary>Occurrences that were added; some may be gone again.</summary>
        public int Length;

        /// <summary>Its index among the pairs, once it has one.</summary>
        public int Index;

        /// <summary>Where its next position goes.</summary>
        public int Next;
    }
}
