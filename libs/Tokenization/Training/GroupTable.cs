namespace Platform.Tokenization.Training;

/// <summary>
/// The groups that the text is divided into: each a character, or several that tokens have grown across. A group has
/// its tokens here once, however often the text has it, so that the merges within a character are made once and not at
/// each of its places: nearly all of them in a Chinese text, whose characters are three bytes each.
/// </summary>
internal sealed class GroupTable : IDisposable
{
    private readonly PairList _pairs;
    private readonly NumberLists _neighbours;
    private Group[] _groups = new Group[1 << 10];

    // Apart, so that they stay in the cache.
    private long[] _counts = new long[1 << 10];
    private int[] _sizes = new int[1 << 10]; // in tokens
    private int[] _lengths = new int[1 << 10];
    private int[] _first = new int[1 << 10];
    private int[] _last = new int[1 << 10];

    // How many groups begin and end with each token: all, and those of several tokens.
    private readonly int[] _firsts, _lasts, _firstsOfSeveral, _lastsOfSeveral;

    private Token[] _tokens = new Token[1 << 12];
    private int _tokensUsed;

    /// <param name="pairs">The pairs of the groups' tokens.</param>
    /// <param name="maxTokens">Tokens that there will be at most.</param>
    /// <param name="neighbours">Room for so many, before more has to be made.</param>
    public GroupTable(PairList pairs, int maxTokens, int neighbours)
    {
        _pairs = pairs;
        _firsts = new int[maxTokens];
        _lasts = new int[maxTokens];
        _firstsOfSeveral = new int[maxTokens];
        _lastsOfSeveral = new int[maxTokens];
        _neighbours = new NumberLists(neighbours);
    }

    /// <summary>Groups so far.</summary>
    public int Count { get; private set; }

    /// <summary>Of these, joint ones that were more than one token.</summary>
    public int JointsOfSeveral { get; private set; }

    /// <summary>Places (characters) that each group takes in the text.</summary>
    public int[] Lengths => _lengths;

    /// <summary>How often a group occurs in the training text; valid until the next addition.</summary>
    public ref long CountOf(int index) => ref _counts[index];

    /// <summary>The tokens of a group, each with the pair that it makes with the next; valid until the next addition.
    /// </summary>
    public Span<Token> TokensOf(int index) => _tokens.AsSpan(_groups[index].Start, _sizes[index]);

    /// <summary>The first token of a group.</summary>
    public int FirstOf(int index) => _first[index];

    /// <summary>The last token of a group.</summary>
    public int LastOf(int index) => _last[index];

    /// <summary>Whether the merge of a pair may change a group's ends and yet leave the group as it is.</summary>
    public bool HasSeveral(int index) => _sizes[index] > 1;

    /// <summary>Whether both groups of a bigram are single tokens, so that its pair stays what it is. Only then the
    /// pair lists it: the pairs of others change again and again, and are seldom merged.</summary>
    public bool AreSingle(in BigramTable.Bigram bigram) => !HasSeveral(bigram.Left) && !HasSeveral(bigram.Right);

    /// <summary>Whether two tokens may meet between groups of which one is of several tokens.</summary>
    public bool MayMeetAtSeveral(int left, int right) =>
        _lastsOfSeveral[left] > 0 && _firsts[right] > 0 || _firstsOfSeveral[right] > 0 && _lasts[left] > 0;

    public void Dispose() => _neighbours.Dispose();

    /// <summary>Adds a group of one place.</summary>
    public int Add(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> byteIds)
    {
        var group = Allocate(bytes.Length, 1);
        var tokens = TokensOf(group);
        for (var i = 0; i < bytes.Length; i++)
            tokens[i] = new Token { Id = byteIds[bytes[i]], Pair = FreshPairs.None };
        SetEnds(group);
        return group;
    }

    /// <summary>Adds the group that two groups side by side become, without occurrences yet.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    /// <param name="pair">The pair of tokens where they meet.</param>
    /// <param name="fresh">The merge of that pair; null where it stays two tokens.</param>
    public int Join(int left, int right, int pair, FreshPairs? fresh)
    {
        var (before, after) = (_sizes[left], _sizes[right]);
        var joint = Allocate(before + after - (fresh is null ? 0 : 1), _lengths[left] + _lengths[right]);
        var tokens = TokensOf(joint);
        TokensOf(left).CopyTo(tokens);
        TokensOf(right).CopyTo(tokens[^after..]);
        if (fresh is null)
        {
            tokens[before - 1].Pair = pair;
        }
        else
        {
            ref var merged = ref tokens[before - 1];
            merged.Id = fresh.Merged;
            if (before > 1)
                tokens[before - 2].Pair = fresh.WithRightMerged(tokens[before - 2].Pair, tokens[before - 2].Id);
            if (after > 1)
                merged.Pair = fresh.WithLeftMerged(merged.Pair, tokens[before].Id);
        }

        SetEnds(joint);
        if (tokens.Length > 1)
            JointsOfSeveral++;
        return joint;
    }

    /// <summary>Two groups have become one at places that count so much: moves the counts of the groups, and of the
    /// pairs at the token in the middle.</summary>
    public void MoveCounts(int left, int right, int joint, long count, FreshPairs? fresh)
    {
        _counts[left] -= count;
        _counts[right] -= count;
        _counts[joint] += count;
        if (fresh is null)
            return;
        var before = TokensOf(left);
        var after = TokensOf(right);
        var tokens = TokensOf(joint);
        if (before.Length > 1)
            fresh.Move(before[^2].Pair, tokens[before.Length - 2].Pair, count);
        if (after.Length > 1)
            fresh.Move(after[0].Pair, tokens[before.Length - 1].Pair, count);
    }

    /// <summary>Merges a pair wherever it is in a group, from the left.</summary>
    /// <returns>Whether the group's first token and its last one are others now.</returns>
    public (bool First, bool Last) Merge(int index, int left, int right, FreshPairs fresh)
    {
        var tokens = TokensOf(index);
        var count = _counts[index];
        var (read, written, first, last) = (0, 0, false, false);
        while (read < tokens.Length)
        {
            if (read + 1 == tokens.Length || tokens[read].Id != left || tokens[read + 1].Id != right)
            {
                tokens[written++] = tokens[read++];
                continue;
            }

            if (written > 0)
            {
                ref var previous = ref tokens[written - 1];
                var old = previous.Pair;
                previous.Pair = fresh.WithRightMerged(old, previous.Id);
                fresh.Move(old, previous.Pair, count);
            }

            var pair = tokens[read + 1].Pair;
            if (read + 2 < tokens.Length)
            {
                var old = pair;
                pair = fresh.WithLeftMerged(old, tokens[read + 2].Id);
                fresh.Move(old, pair, count);
            }

            first |= read == 0;
            last |= read + 2 == tokens.Length;
            tokens[written++] = new Token { Id = fresh.Merged, Pair = pair };
            read += 2;
        }

        CountEnds(index, -1);
        _sizes[index] = written;
        SetEnds(index);
        return (first, last);
    }

    /// <summary>Notes the group at each of its pairs.</summary>
    public void AddOccurrences(int index)
    {
        foreach (var token in TokensOf(index))
        {
            if (token.Pair >= 0)
                _pairs.AddOccurrence(token.Pair, ~index);
        }
    }

    /// <summary>After a merge: gives the group's fresh pairs their indices, and notes the group at them.</summary>
    public void Resolve(int index, FreshPairs fresh)
    {
        foreach (ref var token in TokensOf(index))
        {
            if (token.Pair >= FreshPairs.None)
                continue;
            token.Pair = fresh.Resolve(token.Pair);
            _pairs.AddOccurrence(token.Pair, ~index);
        }
    }

    /// <summary>The bigrams in which a group of several tokens is the right one; some may be stale.</summary>
    public ReadOnlySpan<int> Before(int index) => _neighbours[_groups[index].Before];

    /// <summary>The bigrams in which a group of several tokens is the left one; some may be stale.</summary>
    public ReadOnlySpan<int> After(int index) => _neighbours[_groups[index].After];

    /// <summary>The bigrams in which a group is will be looked at soon.</summary>
    public void PrefetchNeighbours(int index)
    {
        _neighbours.Prefetch(_groups[index].Before);
        _neighbours.Prefetch(_groups[index].After);
    }

    /// <summary>Makes the lists of a group's first bigrams, to be written by <see cref="SetNeighbour"/>.</summary>
    /// <returns>Where the lists of those before and after it begin; -1 for a single token, which needs none.</returns>
    public (int Before, int After) Reserve(int index, int before, int after)
    {
        if (!HasSeveral(index))
            return (-1, -1);
        ref var group = ref _groups[index];
        group.Before = _neighbours.Create(before);
        group.After = _neighbours.Create(after);
        (group.Before.Length, group.After.Length) = (before, after);
        return (group.Before.Start, group.After.Start);
    }

    /// <summary>Writes a bigram into a list that was made for it.</summary>
    public void SetNeighbour(int at, int bigram) => _neighbours.Set(at, bigram);

    /// <summary>Notes a bigram at its left group, if the end of that may yet change.</summary>
    public void AddAfter(int left, int bigram)
    {
        if (HasSeveral(left))
            _neighbours.Append(ref _groups[left].After, bigram);
    }

    /// <summary>Notes a bigram at its right group, if the beginning of that may yet change.</summary>
    public void AddBefore(int right, int bigram)
    {
        if (HasSeveral(right))
            _neighbours.Append(ref _groups[right].Before, bigram);
    }

    private void SetEnds(int group)
    {
        var tokens = TokensOf(group);
        (_first[group], _last[group]) = (tokens[0].Id, tokens[^1].Id);
        CountEnds(group, 1);
    }

    private void CountEnds(int group, int change)
    {
        _firsts[_first[group]] += change;
        _lasts[_last[group]] += change;
        if (!HasSeveral(group))
            return;
        _firstsOfSeveral[_first[group]] += change;
        _lastsOfSeveral[_last[group]] += change;
    }

    private int Allocate(int tokens, int length)
    {
        if (Count == _groups.Length)
        {
            Array.Resize(ref _groups, 2 * Count);
            Array.Resize(ref _counts, 2 * Count);
            Array.Resize(ref _sizes, 2 * Count);
            Array.Resize(ref _lengths, 2 * Count);
            Array.Resize(ref _first, 2 * Count);
            Array.Resize(ref _last, 2 * Count);
        }

        var start = _tokensUsed;
        _tokensUsed = checked(_tokensUsed + tokens);
        if (_tokensUsed > _tokens.Length)
            Array.Resize(ref _tokens, (int)Math.Min(Array.MaxLength, Math.Max(_tokensUsed, 2L * _tokens.Length)));
        _groups[Count] = new Group { Start = start };
        _sizes[Count] = tokens;
        _lengths[Count] = length;
        return Count++;
    }

    private struct Group
    {
        /// <summary>Where its tokens are.</summary>
        public int Start;

        public NumberLists.Slice Before, After;
    }

    internal struct Token
    {
        public int Id;

        /// <summary>The pair with the next token of the group; <see cref="FreshPairs.None"/> at the last.</summary>
        public int Pair;
    }
}
