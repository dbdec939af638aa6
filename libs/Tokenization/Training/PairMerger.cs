using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// Finds the merges from the distinct words and their counts. The text is kept in three layers: characters and what grew
/// together from them (<see cref="GroupTable"/>), each distinct two of these side by side (<see cref="BigramTable"/>),
/// and their positions (<see cref="GroupText"/>). A merge within a group changes the group alone, and the pairs at its
/// ends in the bigrams that have it; only a merge across two groups visits positions, and makes one group of them.
/// </summary>
internal sealed class PairMerger
{
    private readonly PairList _pairs = new();
    private readonly PairQueue _queue;
    private readonly FreshPairs _fresh;
    private readonly GroupTable _groups;
    private readonly BigramTable _bigrams = new();
    private readonly GroupText _text;
    private readonly long _minFrequency;

    // Of the merge at hand.
    private readonly List<int> _bigramsAtHand = [];
    private readonly List<int> _groupsAtHand = [];
    private readonly List<int> _changedBigrams = [];
    private readonly List<int> _changedGroups = [];

    public PairMerger(
        ByteStringTable words, ReadOnlySpan<long> counts, int maxTokens, long minFrequency,
        CancellationToken cancellationToken)
    {
        _queue = new PairQueue(_pairs);
        _fresh = new FreshPairs(_pairs, maxTokens);
        _groups = new GroupTable(_pairs);
        _minFrequency = minFrequency;
        var byteIds = new int[256];
        foreach (var value in Gpt2Bytes.Order)
            byteIds[value] = _pairs.AddToken([value]);
        _text = new GroupText(words, counts, byteIds, _pairs, _groups, _bigrams, cancellationToken);
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
            MergeEverywhere(index, left, right);
            return true;
        }

        (left, right) = (-1, -1);
        return false;
    }

    private void MergeEverywhere(int index, int left, int right)
    {
        _fresh.Begin(_pairs.AddToken([.. _pairs.Tokens[left], .. _pairs.Tokens[right]]));
        FindBigrams(index);
        if (!AreIndependent(left, right))
            JoinUnmerged(index);

        MergeWithinGroups(index, left, right);
        foreach (var bigram in _bigramsAtHand)
        {
            _text.Join(bigram, _fresh);
            _changedGroups.Add(_text.Joined);
        }

        _pairs.CountOf(index) = 0;
        _fresh.Keep(_minFrequency, _queue);
        foreach (var group in _changedGroups)
            _groups.Resolve(group, _fresh);
        foreach (var bigram in _changedBigrams)
        {
            ref var changed = ref _bigrams[bigram];
            if (changed.Pair >= FreshPairs.None)
                continue;
            changed.Pair = _fresh.Resolve(changed.Pair);
            _pairs.AddOccurrence(changed.Pair, bigram);
        }

        _text.Place(_fresh);
        _fresh.End();
        _changedGroups.Clear();
        _changedBigrams.Clear();
    }

    /// <summary>Lists the bigrams between which the pair meets.</summary>
    private void FindBigrams(int index)
    {
        _bigramsAtHand.Clear();
        foreach (var occurrence in _pairs.OccurrencesOf(index))
        {
            if (occurrence >= 0 && _bigrams[occurrence].Pair == index && _bigrams[occurrence].Count > 0)
                _bigramsAtHand.Add(occurrence);
        }
    }

    /// <summary>Whether no occurrence across two groups can touch another one: then their order does not matter. Of
    /// "aaa" only the first two may merge; a single token again and again is joined from the left.</summary>
    private bool AreIndependent(int left, int right)
    {
        if (left == right && _bigramsAtHand is [var only])
            return _bigrams[only].Left == _bigrams[only].Right && !_groups.HasSeveral(_bigrams[only].Left);
        foreach (var bigram in _bigramsAtHand)
        {
            if (_groups.LastOf(_bigrams[bigram].Right) == left || left == right)
                return false;
        }

        return true;
    }

    /// <summary>Joins groups until the pair meets between no two of them: it is merged within groups then, from the left.
    /// </summary>
    private void JoinUnmerged(int index)
    {
        while (_bigramsAtHand.Count > 0)
        {
            foreach (var bigram in _bigramsAtHand)
            {
                if (_bigrams[bigram].Count == 0)
                    continue;
                _text.Join(bigram, null);
                _text.Place(null);
            }

            FindBigrams(index);
        }
    }

    private void MergeWithinGroups(int index, int left, int right)
    {
        _groupsAtHand.Clear();
        foreach (var occurrence in _pairs.OccurrencesOf(index))
        {
            if (occurrence < 0 && _groups[~occurrence].Count > 0)
                _groupsAtHand.Add(~occurrence);
        }

        foreach (var group in _groupsAtHand)
        {
            var (first, last) = _groups.Merge(group, left, right, _fresh);
            _changedGroups.Add(group);
            if (first)
            {
                foreach (var bigram in _groups.Before(group))
                {
                    if (IsAlive(bigram))
                    {
                        var (pair, before) = (_bigrams[bigram].Pair, _groups.LastOf(_bigrams[bigram].Left));
                        Change(bigram, _fresh.WithRightMerged(pair, before));
                    }
                }
            }

            if (last)
            {
                foreach (var bigram in _groups.After(group))
                {
                    if (IsAlive(bigram))
                    {
                        var (pair, after) = (_bigrams[bigram].Pair, _groups.FirstOf(_bigrams[bigram].Right));
                        Change(bigram, _fresh.WithLeftMerged(pair, after));
                    }
                }
            }
        }
    }

    private bool IsAlive(int bigram) => _bigrams[bigram].Pair != PairList.Rare && _bigrams[bigram].Count > 0;

    private void Change(int bigram, int pair)
    {
        ref var changed = ref _bigrams[bigram];
        _fresh.Move(changed.Pair, pair, changed.Count);
        changed.Pair = pair;
        _changedBigrams.Add(bigram);
    }

    private void ListFirstPairs()
    {
        var counts = new long[256 * 256];
        for (var bigram = BigramTable.Rare + 1; bigram < _bigrams.Count; bigram++)
            counts[Key(bigram)] += _bigrams[bigram].Count;
        for (var group = 0; group < _groups.Count; group++)
        {
            var tokens = _groups.TokensOf(group);
            for (var i = 0; i + 1 < tokens.Length; i++)
                counts[tokens[i].Id << 8 | tokens[i + 1].Id] += _groups[group].Count;
        }

        var indices = new int[counts.Length];
        for (var key = 0; key < counts.Length; key++)
        {
            indices[key] = PairList.Rare;
            if (counts[key] == 0 || counts[key] < _minFrequency)
                continue;
            indices[key] = _pairs.Add(key >> 8, key & 0xFF, counts[key]);
            _queue.Push(counts[key], indices[key]);
        }

        for (var bigram = BigramTable.Rare + 1; bigram < _bigrams.Count; bigram++)
        {
            var pair = indices[Key(bigram)];
            _bigrams[bigram].Pair = pair;
            _pairs.AddOccurrence(pair, bigram);
            _groups.AddBigram(_bigrams[bigram].Left, _bigrams[bigram].Right, bigram);
        }

        for (var group = 0; group < _groups.Count; group++)
        {
            var tokens = _groups.TokensOf(group);
            for (var i = 0; i + 1 < tokens.Length; i++)
                tokens[i].Pair = indices[tokens[i].Id << 8 | tokens[i + 1].Id];
            _groups.AddOccurrences(group);
        }

        int Key(int bigram) =>
            _groups.LastOf(_bigrams[bigram].Left) << 8 | _groups.FirstOf(_bigrams[bigram].Right);
    }
}
