using System.Runtime.CompilerServices;
using Platform.Tokenization.Memory;

namespace Platform.Tokenization.Training;

/// <summary>
/// Makes one group of two side by side, wherever they are in the text. A bigram is created within the one joining that
/// creates its younger group, in rising positions, so its list of positions is written once and read in order ("aaa"
/// joins from the left).
/// </summary>
internal sealed unsafe class GroupJoiner(
    GroupText text, PairList pairs, GroupTable groups, BigramTable bigrams, CancellationToken cancellationToken)
{
    // What Site.Bigram may be beside the index of a bigram: none, or from here down a fresh one.
    private const int FirstFresh = GroupText.None - 1;

    // The bigrams that joinings have made since the last placing, and where; by the other group, those of one joining.
    private FreshBigram[] _fresh = new FreshBigram[1 << 10];
    private int _freshCount;
    private (int Fresh, int Position)[] _added = new (int, int)[1 << 12];
    private int _addedCount;
    private int[] _freshBefore = [];
    private int[] _freshAfter = [];

    /// <summary>Joins the groups of a bigram at each of its places.</summary>
    /// <param name="index">The bigram.</param>
    /// <param name="fresh">The merge of the pair between them; null where the pair stays and is now within a group.
    /// </param>
    /// <returns>The group that it made.</returns>
    public int Join(int index, FreshPairs? fresh)
    {
        var bigram = bigrams[index];
        var joint = groups.Join(bigram.Left, bigram.Right, bigram.Pair, fresh);
        Grow(ref _freshBefore);
        Grow(ref _freshAfter);
        // Two at most for each position.
        if (_added.Length - _addedCount < 2L * bigram.Length)
            Array.Resize(ref _added, checked(Math.Max(_addedCount + 2 * bigram.Length, 2 * _added.Length)));

        var firstFresh = _freshCount;
        var count = JoinAt(index, joint, fresh);
        bigrams[index].Count -= count;
        for (var i = firstFresh; i < _freshCount; i++)
        {
            ref var made = ref _fresh[i];
            _freshBefore[made.Left] = GroupText.None;
            _freshAfter[made.Right] = GroupText.None;
            if (made.Parent == GroupText.None)
                continue;
            ref var parent = ref bigrams[made.Parent];
            parent.Count -= made.FromParent;
            made.Count += made.FromParent;
            fresh?.Move(parent.Pair, made.Pair, made.FromParent);
        }

        groups.MoveCounts(bigram.Left, bigram.Right, joint, count, fresh);
        groups.AddOccurrences(joint);
        return joint;
    }

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
            made.Index = bigrams.Add(made.Left, made.Right, pair, made.Count);
            bigrams.ReservePositions(made.Index, made.Length);
            if (groups.AreSingle(bigrams[made.Index]))
                pairs.AddOccurrence(pair, made.Index);
            groups.AddAfter(made.Left, made.Index);
            groups.AddBefore(made.Right, made.Index);
        }

        bigrams.GrowPositions();
        PlaceAdded();
        _freshCount = 0;
        _addedCount = 0;
    }

    /// <returns>How much the places that it joined count.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long JoinAt(int index, int joint, FreshPairs? fresh)
    {
        var positions = bigrams.PositionsOf(index);
        var (left, right) = (bigrams[index].Left, bigrams[index].Right);
        var sites = text.Sites;
        var lengths = groups.Lengths;
        var (leftLength, rightLength) = (lengths[left], lengths[right]);
        var counts = new WordCounts.Cursor(text.Counts);
        var joined = 0L;
        for (var i = 0; i < Math.Min(positions.Length, GroupText.PrefetchDistance); i++)
            Prefetch(sites + positions[i], leftLength + rightLength);
        for (var i = 0; i < positions.Length; i++)
        {
            if (i + GroupText.PrefetchDistance < positions.Length)
                Prefetch(sites + positions[i + GroupText.PrefetchDistance], leftLength + rightLength);
            if ((i & (GroupText.CancellationInterval - 1)) == GroupText.CancellationInterval - 1)
                cancellationToken.ThrowIfCancellationRequested();
            var site = sites + positions[i];
            if (site->Bigram != index)
                continue;

            var count = counts.At(positions[i]);
            joined += count;
            var second = site + leftLength;
            var before = site[-1].Group;
            if (before != GroupText.Border)
            {
                var previous = site - lengths[before];
                if (IsRare(previous->Bigram))
                {
                    previous->Bigram = BigramTable.Rare;
                }
                else
                {
                    var made = _freshBefore[before];
                    if (made < 0)
                        made = AddFreshBefore(previous->Bigram, before, joint, left, fresh);
                    if (made < 0)
                        previous->Bigram = BigramTable.Rare;
                    else
                        Count(made, previous, count, fresh);
                }
            }

            var behind = second->Bigram;
            if (behind == GroupText.None || IsRare(behind))
            {
                site->Bigram = Math.Min(behind, BigramTable.Rare);
            }
            else
            {
                var after = second[rightLength].Group;
                var made = _freshAfter[after];
                if (made < 0)
                    made = AddFreshAfter(behind, joint, after, right, fresh);
                site->Bigram = BigramTable.Rare;
                if (made >= 0)
                {
                    site->Bigram = behind;
                    Count(made, site, count, fresh);
                }
            }

            second->Bigram = GroupText.None;
            site->Group = joint;
            second[rightLength - 1].Group = joint;
        }

        return joined;
    }

    /// <summary>Two groups will be joined soon: fetches them and what stands on both sides, often in two lines of the
    /// cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(GroupText.Site* site, int length)
    {
        ProcessorCache.Prefetch(site - 2);
        ProcessorCache.Prefetch(site + length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsRare(int bigram) => bigram >= 0 && bigrams.IsRare(bigram);

    /// <summary>A place has a fresh bigram instead of the one it had.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(int made, GroupText.Site* site, long count, FreshPairs? fresh)
    {
        ref var bigram = ref _fresh[made];
        if (site->Bigram >= 0)
            bigram.FromParent += count;
        else
            MoveFromFresh(FirstFresh - site->Bigram, made, count, fresh);
        bigram.Length++;
        site->Bigram = FirstFresh - made;
        _added[_addedCount++] = (made, (int)(site - text.Sites));
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
        if (fresh is not null && !groups.HasSeveral(left))
            pair = fresh.WithRightMerged(pair, groups.LastOf(before));
        return IsRare(parent, pair) ? GroupText.None : _freshBefore[before] = AddFresh(parent, before, joint, pair);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int AddFreshAfter(int parent, int joint, int after, int right, FreshPairs? fresh)
    {
        var pair = PairOf(parent);
        if (fresh is not null && !groups.HasSeveral(right))
            pair = fresh.WithLeftMerged(pair, groups.FirstOf(after));
        return IsRare(parent, pair) ? GroupText.None : _freshAfter[after] = AddFresh(parent, joint, after, pair);
    }

    /// <summary>
    /// Whether what becomes of a bigram's pair is rare: then so is the bigram, and needs no fresh one.
    /// </summary>
    private bool IsRare(int parent, int pair)
    {
        if (parent < 0 || pair != PairList.Rare)
            return false;
        bigrams.SetRare(parent);
        return true;
    }

    private int PairOf(int bigram) => bigram >= 0 ? bigrams[bigram].Pair : _fresh[FirstFresh - bigram].Pair;

    private int AddFresh(int parent, int left, int right, int pair)
    {
        if (_freshCount == _fresh.Length)
            Array.Resize(ref _fresh, 2 * _fresh.Length);
        _fresh[_freshCount] = new FreshBigram
        {
            Left = left,
            Right = right,
            Pair = pair,
            Parent = Math.Max(parent, GroupText.None),
        };
        return _freshCount++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PlaceAdded()
    {
        for (var i = 0; i < _addedCount; i++)
        {
            var (made, position) = _added[i];
            var site = text.Sites + position;
            // Else a later place of the same merge has taken this one's ("aaaa").
            if (site->Bigram != FirstFresh - made)
                continue;
            site->Bigram = _fresh[made].Index;
            if (site->Bigram != BigramTable.Rare)
                bigrams.Place(site->Bigram, position);
        }
    }

    private void Grow(ref int[] byGroup)
    {
        var length = byGroup.Length;
        if (groups.Count <= length)
            return;
        Array.Resize(ref byGroup, 2 * groups.Count);
        Array.Fill(byGroup, GroupText.None, length, byGroup.Length - length);
    }

    /// <summary>A bigram that a joining makes.</summary>
    private struct FreshBigram
    {
        public long Count;

        /// <summary>The groups, and the pair between them (its code, while a merge is at hand).</summary>
        public int Left, Right, Pair;

        /// <summary>The bigram that was in its places, unless that was a fresh one itself, and how much of it.
        /// </summary>
        public int Parent;
        public long FromParent;

        /// <summary>Occurrences that were added; some may be gone again.</summary>
        public int Length;

        /// <summary>Its index among the bigrams, once it has one.</summary>
        public int Index;
    }
}
