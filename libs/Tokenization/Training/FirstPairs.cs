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

        // From here on where each group's next neighbour is to be written; negative: nowhere.
        for (var group = 0; group < groups.Count; group++)
        {
            (before[group], after[group]) = groups.Reserve(group, before[group], after[group]);
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
        Parallel.Invoke(parallel, () => NotePairs(pairOf, after), () => NoteBefore(before));
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
    private void NotePairs(int[] pairOf, int[] after)
    {
        for (var index = BigramTable.Rare + 1; index < bigrams.Count; index++)
        {
            ref var bigram = ref bigrams[index];
            bigram.Pair = pairOf[bigram.Pair];
            if (bigram.Pair == PairList.Rare)
                bigrams.SetRare(index);
            else if (groups.AreSingle(bigram))
                pairs.AddOccurrence(bigram.Pair, index);
            if (after[bigram.Left] >= 0)
                groups.SetNeighbour(after[bigram.Left]++, index);
        }
    }

    /// <summary>Notes the first bigrams at their right groups.</summary>
    private void NoteBefore(int[] before)
    {
        for (var index = BigramTable.Rare + 1; index < bigrams.Count; index++)
        {
            var right = bigrams[index].Right;
            if (before[right] >= 0)
                groups.SetNeighbour(before[right]++, index);
        }
    }
}
