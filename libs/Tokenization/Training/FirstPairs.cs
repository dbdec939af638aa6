namespace Platform.Tokenization.Training;

/// <summary>The pairs before any merge, all of bytes: counts them, and notes where they are.</summary>
internal sealed class FirstPairs(
    PairList pairs, PairQueue queue, GroupTable groups, BigramTable bigrams, long minFrequency)
{
    /// <summary>Lists them.</summary>
    public void List(ParallelOptions parallel)
    {
        var counts = new long[256 * 256];
        var occurrences = new int[counts.Length];
        var before = new int[groups.Count];
        var after = new int[groups.Count];
        var nextBefore = new int[groups.Count];
        var nextAfter = new int[groups.Count];
        for (var index = BigramTable.Rare + 1; index < bigrams.Count; index++)
        {
            ref var bigram = ref bigrams[index];
            var key = groups.LastOf(bigram.Left) << 8 | groups.FirstOf(bigram.Right);
            bigram.Pair = key;
            counts[key] += bigram.Count;
            if (groups.AreSingle(bigram))
                occurrences[key]++;
            after[bigram.Left]++;
            before[bigram.Right]++;
        }

        for (var group = 0; group < groups.Count; group++)
        {
            (nextBefore[group], nextAfter[group]) = groups.Reserve(group, before[group], after[group]);
            var tokens = groups.TokensOf(group);
            for (var i = 0; i + 1 < tokens.Length; i++)
            {
                tokens[i].Pair = tokens[i].Id << 8 | tokens[i + 1].Id;
                counts[tokens[i].Pair] += groups.CountOf(group);
                occurrences[tokens[i].Pair]++;
            }
        }

        var pairOf = new int[counts.Length];
        for (var key = 0; key < counts.Length; key++)
        {
            pairOf[key] = PairList.Rare;
            if (counts[key] == 0 || counts[key] < minFrequency)
                continue;
            pairOf[key] = pairs.Add(key >> 8, key & 0xFF, counts[key]);
            pairs.Reserve(pairOf[key], occurrences[key]);
            queue.Push(pairOf[key]);
        }

        // There is room in all the lists that these write.
        Parallel.Invoke(parallel, () => NotePairs(pairOf, nextAfter), () => NoteBefore(nextBefore));
        for (var group = 0; group < groups.Count; group++)
        {
            var tokens = groups.TokensOf(group);
            for (var i = 0; i + 1 < tokens.Length; i++)
                tokens[i].Pair = pairOf[tokens[i].Pair];
            groups.AddOccurrences(group);
        }
    }

    /// <summary>Gives the first bigrams their pairs for the keys of these, and notes them there and at their left
    /// groups.</summary>
    /// <param name="pairOf">The pairs by key.</param>
    /// <param name="next">Where the next bigram of each left group is to be written; negative: nowhere.</param>
    private void NotePairs(int[] pairOf, int[] next)
    {
        for (var index = BigramTable.Rare + 1; index < bigrams.Count; index++)
        {
            ref var bigram = ref bigrams[index];
            bigram.Pair = pairOf[bigram.Pair];
            if (bigram.Pair == PairList.Rare)
                bigrams.SetRare(index);
            else if (groups.AreSingle(bigram))
                pairs.AddOccurrence(bigram.Pair, index);
            if (next[bigram.Left] >= 0)
                groups.SetNeighbour(next[bigram.Left]++, index);
        }
    }

    /// <summary>Notes the first bigrams at their right groups.</summary>
    /// <param name="next">Where the next bigram of each is to be written; negative: nowhere.</param>
    private void NoteBefore(int[] next)
    {
        for (var index = BigramTable.Rare + 1; index < bigrams.Count; index++)
        {
            var right = bigrams[index].Right;
            if (next[right] >= 0)
                groups.SetNeighbour(next[right]++, index);
        }
    }
}
