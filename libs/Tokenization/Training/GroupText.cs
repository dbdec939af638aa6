using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// The distinct words as groups, one after another in one array with a place for each character. A group's index stands
/// at its first and at its last place, so that both neighbours of a group are found without links, and a word of
/// thousands of characters (a Chinese sentence) is no dearer by the character than a short one. A bigram is created
/// within the one joining that creates its younger group, in rising positions, so its list of positions is written once
/// and read in order ("aaa" joins from the left).
/// </summary>
internal sealed unsafe class GroupText
{
    // Positions lie all over a large text: each is fetched into the cache while some before it are worked on.
    private const int PrefetchDistance = 16;
    private const int CancellationInterval = 1 << 16;

    // What Site.Bigram may be beside the index of a bigram: none, or (from FirstFresh down) a fresh one.
    private const int None = -1;
    private const int FirstFresh = -2;
    private const int Border = -1;

    private readonly GroupTable _groups;
    private readonly BigramTable _bigrams;
    private readonly PairList _pairs;
    private readonly WordCounts _counts;
    private readonly Site[] _siteArray;
    private readonly Site* _sites;
    private readonly CancellationToken _cancellationToken;

    // The bigrams that joinings have made since the last placing, and where; by the other group, those of one joining.
    private FreshBigram[] _fresh = new FreshBigram[1 << 10];
    private int _freshCount;
    private (int Fresh, int Position)[] _added = new (int, int)[1 << 12];
    private int _addedCount;
    private int[] _freshBefore = [];
    private int[] _freshAfter = [];

    /// <summary>Lays out words, those of the highest count first, and lists their characters as groups and the bigrams
    /// of these, yet without pairs.</summary>
    public GroupText(
        ByteStringTable words, ReadOnlySpan<long> counts, ReadOnlySpan<int> byteIds, PairList pairs, GroupTable groups,
        BigramTable bigrams, CancellationToken cancellationToken)
    {
        (_pairs, _groups, _bigrams, _cancellationToken) = (pairs, groups, bigrams, cancellationToken);
        _counts = new WordCounts(counts);
        // As many as there would be if each byte were a character; memory that is not touched costs nothing.
        _siteArray = GC.AllocateUninitializedArray<Site>(checked(words.TotalBytes + words.Count + 1), pinned: true);
        _sites = (Site*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_siteArray));
        ListBigrams(LayOut(words, counts, byteIds));
    }

    /// <summary>Joins the groups of a bigram at each of its places.</summary>
    /// <param name="index">The bigram.</param>
    /// <param name="fresh">The merge of the pair between them; null where the pair stays and is now within a group.
    /// </param>
    public void Join(int index, FreshPairs? fresh)
    {
        var bigram = _bigrams[index];
        var joint = _groups.Join(bigram.Left, bigram.Right, bigram.Pair, fresh);
        Grow(ref _freshBefore);
        Grow(ref _freshAfter);
        // Two at most for each position.
        if (_added.Length - _addedCount < 2L * bigram.Length)
            Array.Resize(ref _added, checked(Math.Max(_addedCount + 2 * bigram.Length, 2 * _added.Length)));

        var firstFresh = _freshCount;
        var count = JoinAt(index, joint, fresh);
        _bigrams[index].Count -= count;
        for (var i = firstFresh; i < _freshCount; i++)
        {
            ref var made = ref _fresh[i];
            _freshBefore[made.Left] = None;
            _freshAfter[made.Right] = None;
            if (made.Parent == None)
                continue;
            ref var parent = ref _bigrams[made.Parent];
            parent.Count -= made.FromParent;
            made.Count += made.FromParent;
            fresh?.Move(parent.Pair, made.Pair, made.FromParent);
        }

        _groups.MoveCounts(bigram.Left, bigram.Right, joint, count, fresh);
        _groups.AddOccurrences(joint);
        Joined = joint;
    }

    /// <summary>The group that the last joining made.</summary>
    public int Joined { get; private set; }

    /// <summary>Gives the fresh bigrams their indices and positions.</summary>
    /// <param name="fresh">The merge, whose pairs are kept by now; null where there was none.</param>
    public void Place(FreshPairs? fresh)
    {
        for (var i = 0; i < _freshCount; i++)
        {
            ref var made = ref _fresh[i];
            var pair = fresh is null ? made.Pair : fresh.Resolve(made.Pair);
            made.Index = BigramTable.Rare;
            if (pair == PairList.Rare || made.Count == 0)
                continue;
            made.Index = _bigrams.Add(made.Left, made.Right, pair, made.Count);
            _bigrams.Reserve(made.Index, made.Length);
            _pairs.AddOccurrence(pair, made.Index);
            _groups.AddBigram(made.Left, made.Right, made.Index);
        }

        _bigrams.GrowPositions();
        PlaceAdded();
        _freshCount = 0;
        _addedCount = 0;
    }

    /// <returns>How much the places that it joined count.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long JoinAt(int index, int joint, FreshPairs? fresh)
    {
        var positions = _bigrams.PositionsOf(index);
        var (left, right) = (_bigrams[index].Left, _bigrams[index].Right);
        var sites = _sites;
        var lengths = _groups.Lengths;
        var (leftLength, rightLength) = (lengths[left], lengths[right]);
        var counts = new WordCounts.Cursor(_counts);
        var joined = 0L;
        for (var i = 0; i < positions.Length; i++)
        {
            if (i + PrefetchDistance < positions.Length && Sse.IsSupported)
                Sse.Prefetch0(sites + positions[i + PrefetchDistance]);
            if ((i & (CancellationInterval - 1)) == CancellationInterval - 1)
                _cancellationToken.ThrowIfCancellationRequested();
            var site = sites + positions[i];
            if (site->Bigram != index)
                continue;

            var count = counts.At(positions[i]);
            joined += count;
            var second = site + leftLength;
            var before = site[-1].Group;
            if (before != Border)
            {
                var previous = site - lengths[before];
                if (previous->Bigram != BigramTable.Rare)
                {
                    var made = _freshBefore[before];
                    if (made < 0)
                        made = AddFreshBefore(previous->Bigram, before, joint, left, fresh);
                    Count(made, previous, count, fresh);
                }
            }

            var behind = second->Bigram;
            if (behind is None or BigramTable.Rare)
            {
                site->Bigram = behind;
            }
            else
            {
                var after = second[rightLength].Group;
                var made = _freshAfter[after];
                if (made < 0)
                    made = AddFreshAfter(behind, joint, after, right, fresh);
                site->Bigram = behind;
                Count(made, site, count, fresh);
            }

            second->Bigram = None;
            site->Group = joint;
            second[rightLength - 1].Group = joint;
        }

        return joined;
    }

    /// <summary>A place has a fresh bigram instead of the one it had.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(int made, Site* site, long count, FreshPairs? fresh)
    {
        ref var bigram = ref _fresh[made];
        if (site->Bigram >= 0)
            bigram.FromParent += count;
        else
            MoveFromFresh(FirstFresh - site->Bigram, made, count, fresh);
        bigram.Length++;
        site->Bigram = FirstFresh - made;
        _added[_addedCount++] = (made, (int)(site - _sites));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MoveFromFresh(int from, int to, long count, FreshPairs? fresh)
    {
        _fresh[from].Count -= count;
        _fresh[to].Count += count;
        fresh?.Move(_fresh[from].Pair, _fresh[to].Pair, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int AddFreshBefore(int parent, int before, int joint, int left, FreshPairs? fresh)
    {
        var pair = PairOf(parent);
        if (fresh is not null && !_groups.HasSeveral(left))
            pair = fresh.WithRightMerged(pair, _groups.LastOf(before));
        return _freshBefore[before] = AddFresh(parent, before, joint, pair);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int AddFreshAfter(int parent, int joint, int after, int right, FreshPairs? fresh)
    {
        var pair = PairOf(parent);
        if (fresh is not null && !_groups.HasSeveral(right))
            pair = fresh.WithLeftMerged(pair, _groups.FirstOf(after));
        return _freshAfter[after] = AddFresh(parent, joint, after, pair);
    }

    private int PairOf(int bigram) => bigram >= 0 ? _bigrams[bigram].Pair : _fresh[FirstFresh - bigram].Pair;

    private int AddFresh(int parent, int left, int right, int pair)
    {
        if (_freshCount == _fresh.Length)
            Array.Resize(ref _fresh, 2 * _fresh.Length);
        _fresh[_freshCount] = new FreshBigram
        {
            Left = left,
            Right = right,
            Pair = pair,
            Parent = Math.Max(parent, None),
        };
        return _freshCount++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PlaceAdded()
    {
        for (var i = 0; i < _addedCount; i++)
        {
            var (made, position) = _added[i];
            var site = _sites + position;
            // Else a later place of the same merge has taken this one's ("aaaa").
            if (site->Bigram != FirstFresh - made)
                continue;
            site->Bigram = _fresh[made].Index;
            if (site->Bigram != BigramTable.Rare)
                _bigrams.Place(site->Bigram, position);
        }
    }

    private void Grow(ref int[] byGroup)
    {
        var length = byGroup.Length;
        if (_groups.Count <= length)
            return;
        Array.Resize(ref byGroup, 2 * _groups.Count);
        Array.Fill(byGroup, None, length, byGroup.Length - length);
    }

    /// <returns>Sites in use.</returns>
    private int LayOut(ByteStringTable words, ReadOnlySpan<long> counts, ReadOnlySpan<int> byteIds)
    {
        var characters = new CharacterGroups(_groups, byteIds);
        var site = _sites;
        *site++ = new Site { Group = Border, Bigram = None };
        var order = _counts.Order;
        for (var i = 0; i < order.Length; i++)
        {
            if ((i & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            _counts.SetPosition(i, (int)(site - _sites));
            var rest = words[order[i]];
            while (!rest.IsEmpty)
            {
                var group = characters.Next(ref rest);
                _groups[group].Count += counts[order[i]];
                *site++ = new Site { Group = group, Bigram = None };
            }

            *site++ = new Site { Group = Border, Bigram = None };
        }

        return (int)(site - _sites);
    }

    /// <summary>Lists the bigrams by their left groups.</summary>
    private void ListBigrams(int end)
    {
        var starts = new int[_groups.Count + 1];
        for (var position = 1; position < end - 1; position++)
        {
            if (_sites[position].Group != Border && _sites[position + 1].Group != Border)
                starts[_sites[position].Group + 1]++;
        }

        for (var group = 1; group < starts.Length; group++)
            starts[group] += starts[group - 1];
        var positions = new int[starts[^1]];
        for (var position = 1; position < end - 1; position++)
        {
            if (_sites[position].Group != Border && _sites[position + 1].Group != Border)
                positions[starts[_sites[position].Group]++] = position;
        }

        var byRight = new int[_groups.Count];
        var start = 0;
        for (var left = 0; left < _groups.Count; left++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            ListBigrams(left, positions.AsSpan(start..starts[left]), byRight);
            start = starts[left];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ListBigrams(int left, ReadOnlySpan<int> positions, int[] byRight)
    {
        var first = _bigrams.Count;
        var counts = new WordCounts.Cursor(_counts);
        for (var i = 0; i < positions.Length; i++)
        {
            if (i + PrefetchDistance < positions.Length && Sse.IsSupported)
                Sse.Prefetch0(_sites + positions[i + PrefetchDistance]);
            var site = _sites + positions[i];
            var right = site[1].Group;
            var index = byRight[right];
            if (index < first)
            {
                index = _bigrams.Add(left, right, PairList.Rare, 0);
                byRight[right] = index;
            }

            ref var bigram = ref _bigrams[index];
            bigram.Count += counts.At(positions[i]);
            bigram.Length++;
            site->Bigram = index;
        }

        for (var index = first; index < _bigrams.Count; index++)
            _bigrams.Reserve(index, _bigrams[index].Length);
        _bigrams.GrowPositions();
        foreach (var position in positions)
            _bigrams.Place(_sites[position].Bigram, position);
    }

    /// <summary>The place of a character. Inside a group of three or more nothing holds.</summary>
    private struct Site
    {
        /// <summary>At a group's first and last place the group; between words <see cref="Border"/>.</summary>
        public int Group;

        /// <summary>At a group's first place the bigram that it makes with the next group.</summary>
        public int Bigram;
    }

    /// <summary>A bigram that a joining makes.</summary>
    private struct FreshBigram
    {
        public long Count;

        /// <summary>The groups, and the pair between them (its code, while a merge is at hand).</summary>
        public int Left, Right, Pair;

        /// <summary>The bigram that was in its places, unless that was a fresh one itself; and how much of it.</summary>
        public int Parent;
        public long FromParent;

        /// <summary>Occurrences that were added; some may be gone again.</summary>
        public int Length;

        /// <summary>Its index among the bigrams, once it has one.</summary>
        public int Index;
    }
}
