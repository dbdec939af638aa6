using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// Finds the merges from the distinct words and their counts. The text is kept in three layers: characters and what
/// grew together from them (<see cref="GroupTable"/>), each distinct two of these side by side
/// (<see cref="BigramTable"/>), and their positions (<see cref="GroupText"/>). A merge within a group changes the group
/// alone, and the pairs at its ends in the bigrams that have it; only a merge across two groups visits positions, and
/// makes one group of them.
/// </summary>
internal sealed class PairMerger : IDisposable
{
    private const int PrefetchDistance = 8;

    private readonly PairList _pairs;
    private readonly PairQueue _queue;
    private readonly FreshPairs _fresh;
    private readonly GroupTable _groups;
    private readonly BigramTable _bigrams = new();
    private readonly GroupText _text;
    private readonly GroupJoiner _joiner;
    private readonly int _groupsExpected;

    // Of the merge at hand.
    private readonly List<int> _bigramsAtHand = [];
    private readonly List<int> _groupsAtHand = [];
    private readonly List<int> _changedBigrams = [];
    private readonly List<int> _changedGroups = [];

    /// <param name="words">The distinct words.</param>
    /// <param name="counts">How often each occurred.</param>
    /// <param name="maxTokens">Tokens that there will be at most.</param>
    /// <param name="minFrequency">A pair that occurs less often is not merged.</param>
    /// <param name="byCharacters">Whether the first groups are characters; else they are bytes.</param>
    /// <param name="parallel">Threads for the first lists.</param>
    public PairMerger(
        ByteStringTable words, ReadOnlyMemory<long> counts, int maxTokens, long minFrequency, bool byCharacters,
        ParallelOptions parallel)
    {
        // Enough for the lists of a Chinese text, which has the longest; what is not used costs nothing.
        var listed = words.TotalBytes / 4;
        _pairs = new PairList(listed);
        _queue = new PairQueue(_pairs, minFrequency);
        _fresh = new FreshPairs(_pairs, maxTokens, minFrequency);
        _groups = new GroupTable(_pairs, maxTokens, listed);
        var byteIds = new int[256];
        foreach (var value in Gpt2Bytes.Order)
            byteIds[value] = _pairs.AddToken([value]);
        _text = new GroupText(words, counts, byCharacters, byteIds, _groups, parallel);
        using (var lister = new BigramLister(_text, _groups, _bigrams, parallel))
            lister.Run();
        _joiner = new GroupJoiner(_text, _pairs, _groups, _bigrams, parallel.CancellationToken);
        new FirstPairs(_pairs, _queue, _groups, _bigrams, minFrequency).List(parallel);
        _groupsExpected = (1 << 8) + _bigrams.Count / 16;
    }

    /// <summary>Whether so many merges cross from within one character to within another, as in a text of random bytes,
    /// that beginning anew by bytes is the shorter way.</summary>
    public bool IsScattered => _groups.JointsOfSeveral > _groupsExpected;

    /// <summary>The bytes of all tokens: 256 bytes, then one for each merge.</summary>
    public IReadOnlyList<byte[]> Tokens => _pairs.Tokens;

    public void Dispose()
    {
        _text.Dispose();
        _bigrams.Dispose();
        _groups.Dispose();
        _pairs.Dispose();
    }

    /// <summary>Performs the next merge; false where no pair occurs often enough.</summary>
    public bool TryMerge(out int left, out int right)
    {
        if (_queue.TryPop(out var index))
        {
            (left, right) = (_pairs[index].Left, _pairs[index].Right);
            MergeEverywhere(index, left, right);
            return true;
        }

        (left, right) = (-1, -1);
        return false;
    }

    private void MergeEverywhere(int index, int left, int right)
    {
        _fresh.Begin(left, right, _pairs.AddToken([.. _pairs.Tokens[left], .. _pairs.Tokens[right]]));
        FindBigrams(index, left, right);
        if (!AreIndependent(left, right))
            JoinUnmerged(index, left, right);

        MergeWithinGroups(index, left, right);
        foreach (var bigram in _bigramsAtHand)
            _changedGroups.Add(_joiner.Join(bigram, _fresh));

        _pairs.CountOf(index) = 0;
        _fresh.Keep(_queue);
        foreach (var group in _changedGroups)
            _groups.Resolve(group, _fresh);
        foreach (var bigram in _changedBigrams)
        {
            ref var changed = ref _bigrams[bigram];
            if (changed.Pair >= FreshPairs.None)
                continue;
            changed.Pair = _fresh.Resolve(changed.Pair);
            if (changed.Pair == PairList.Rare)
                _bigrams.SetRare(bigram);
            else if (_groups.AreSingle(changed))
                _pairs.AddOccurrence(changed.Pair, bigram);
        }

        _joiner.Place(_fresh);
        _fresh.End();
        _changedGroups.Clear();
        _changedBigrams.Clear();
    }

    /// <summary>Finds the bigrams between which the pair meets.</summary>
    private void FindBigrams(int index, int left, int right)
    {
        _bigramsAtHand.Clear();
        foreach (var occurrence in _pairs.OccurrencesOf(index))
        {
            if (occurrence >= 0 && _bigrams[occurrence].Pair == index && _bigrams[occurrence].Count > 0)
                _bigramsAtHand.Add(occurrence);
        }

        if (!_groups.MayMeetAtSeveral(left, right))
            return;
        for (var group = 0; group < _groups.Count; group++)
        {
            if (!_groups.HasSeveral(group))
                continue;
            if (_groups.FirstOf(group) == right)
                AddMeetings(index, _groups.Before(group), isBefore: true);
            if (_groups.LastOf(group) == left)
                AddMeetings(index, _groups.After(group), isBefore: false);
        }
    }

    /// <summary>Adds those of a group's neighbours between which the pair meets. A bigram of which both groups are of
    /// several tokens is taken from before the right one.</summary>
    private void AddMeetings(int index, ReadOnlySpan<int> neighbours, bool isBefore)
    {
        foreach (var neighbour in neighbours)
        {
            ref var bigram = ref _bigrams[neighbour];
            if (bigram.Pair == index && bigram.Count > 0 && (isBefore || !_groups.HasSeveral(bigram.Right)))
                _bigramsAtHand.Add(neighbour);
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

    /// <summary>Joins groups until the pair meets between no two of them: it is merged within groups then, from the
    /// left.</summary>
    private void JoinUnmerged(int index, int left, int right)
    {
        while (_bigramsAtHand.Count > 0)
        {
            foreach (var bigram in _bigramsAtHand)
            {
                if (_bigrams[bigram].Count == 0)
                    continue;
                _joiner.Join(bigram, null);
                _joiner.Place(null);
            }

            FindBigrams(index, left, right);
        }
    }

    private void MergeWithinGroups(int index, int left, int right)
    {
        _groupsAtHand.Clear();
        foreach (var occurrence in _pairs.OccurrencesOf(index))
        {
            if (occurrence < 0 && _groups.CountOf(~occurrence) > 0)
                _groupsAtHand.Add(~occurrence);
        }

        foreach (var group in _groupsAtHand)
        {
            _groups.PrefetchNeighbours(group);
            var (first, last) = _groups.Merge(group, left, right, _fresh);
            _changedGroups.Add(group);
            if (first)
                ChangeBefore(_groups.Before(group));
            if (last)
                ChangeAfter(_groups.After(group));
        }
    }

    /// <summary>The right groups of these bigrams begin with the new token.</summary>
    private void ChangeBefore(ReadOnlySpan<int> bigrams)
    {
        for (var i = 0; i < bigrams.Length; i++)
        {
            if (_bigrams.IsRare(bigrams[i]))
                continue;
            ref var bigram = ref _bigrams[bigrams[i]];
            if (bigram.Count == 0)
                continue;
            var pair = _fresh.WithRightMerged(bigram.Pair, _groups.LastOf(bigram.Left));
            if (pair == PairList.Rare)
            {
                _bigrams.SetRare(bigrams[i]);
                continue;
            }

            _fresh.Move(bigram.Pair, pair, bigram.Count);
            bigram.Pair = pair;
            _changedBigrams.Add(bigrams[i]);
        }
    }

    /// <summary>The left groups of these bigrams end with the new token.</summary>
    private void ChangeAfter(ReadOnlySpan<int> bigrams)
    {
        for (var i = 0; i < Math.Min(bigrams.Length, PrefetchDistance); i++)
            _bigrams.Prefetch(bigrams[i]);
        for (var i = 0; i < bigrams.Length; i++)
        {
            var index = bigrams[i];
            if (i + PrefetchDistance < bigrams.Length)
                _bigrams.Prefetch(bigrams[i + PrefetchDistance]);
            ref var bigram = ref _bigrams[index];
            if (_bigrams.IsRare(index) || bigram.Count == 0)
                continue;
            var pair = _fresh.WithLeftMerged(bigram.Pair, _groups.FirstOf(bigram.Right));
            if (pair == PairList.Rare)
            {
                _bigrams.SetRare(index);
                continue;
            }

            _fresh.Move(bigram.Pair, pair, bigram.Count);
            bigram.Pair = pair;
            _changedBigrams.Add(index);
        }
    }
}
