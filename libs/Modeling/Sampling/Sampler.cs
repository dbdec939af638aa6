using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Draws token ids from logits. On the CPU in fp64, so that a seed means the same on every device.</summary>
public static class Sampler
{
    /// <summary>The next token of one sequence.</summary>
    /// <param name="logits">The real vocabulary's, as <see cref="Gpt.Logits"/> returns them.</param>
    /// <param name="options">Valid ones.</param>
    /// <param name="position">Of the new token in its context; the counter of the random number.</param>
    /// <exception cref="ArgumentException">No logit is a number.</exception>
    public static int Next(ReadOnlySpan<float> logits, SamplingOptions options, long position)
    {
        if (logits.IsEmpty || logits.Contains(float.NaN))
            throw new ArgumentException("The logits are empty or not numbers: the model's weights are damaged.");
        if (options.Temperature == 0 || options.TopK == 1)
            return MostLikely(logits);

        var ids = Candidates(logits, options);
        double largest = logits[ids[0]];
        foreach (var id in ids)
            largest = Math.Max(largest, logits[id]);
        var weights = new double[ids.Length];
        var total = 0.0;
        for (var i = 0; i < ids.Length; i++)
            total += weights[i] = Math.Exp((logits[ids[i]] - largest) / options.Temperature);

        var left = CounterRandom.Uniform(options.Seed, position) * total;
        for (var i = 0; i < ids.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
                return ids[i];
        }

        return ids[^1]; // rounding
    }

    /// <summary>The next tokens of several sequences.</summary>
    /// <param name="logits">(R, V) fp32, on any device.</param>
    /// <param name="options">One for each row.</param>
    /// <param name="positions">One for each row.</param>
    public static int[] Next(Tensor logits, IReadOnlyList<SamplingOptions> options, IReadOnlyList<long> positions)
    {
        using var scope = NewDisposeScope();
        var values = logits.detach().cpu().contiguous().data<float>().ToArray();
        var vocabulary = (int)logits.shape[1];
        var result = new int[options.Count];
        for (var row = 0; row < result.Length; row++)
            result[row] = Next(values.AsSpan(row * vocabulary, vocabulary), options[row], positions[row]);
        return result;
    }

    private static int MostLikely(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var id = 1; id < logits.Length; id++)
        {
            if (logits[id] > logits[best])
                best = id;
        }

        return best;
    }

    private static int[] Candidates(ReadOnlySpan<float> logits, SamplingOptions options)
    {
        var ids = options.TopK > 0 && options.TopK < logits.Length
            ? TopK(logits, options.TopK)
            : [.. Enumerable.Range(0, logits.Length)];
        return options.TopP < 1 ? TopP(logits, ids, options.TopP) : ids;
    }

    // A heap of the k best so far, the worst on top; of equal logits the smaller id is the better.
    private static int[] TopK(ReadOnlySpan<float> logits, int k)
    {
        var best = new PriorityQueue<int, (float Logit, int MinusId)>(k);
        for (var id = 0; id < logits.Length; id++)
        {
            var rank = (logits[id], -id);
            if (best.Count < k)
                best.Enqueue(id, rank);
            else
                best.EnqueueDequeue(id, rank);
        }

        var ids = best.UnorderedItems.Select(item => item.Element).ToArray();
        Array.Sort(ids);
        return ids;
    }

    private static int[] TopP(ReadOnlySpan<float> logits, int[] ids, double p)
    {
        var largest = float.NegativeInfinity;
        foreach (var id in ids)
            largest = Math.Max(largest, logits[id]);
        var total = 0.0;
        foreach (var id in ids)
            total += Math.Exp(logits[id] - largest);

        // Together all below this have less than 1 - p: the nucleus lies above, and only that needs sorting.
        var least = Math.Log((1 - p) * total / ids.Length) + largest;
        var sorted = new List<(float Logit, int Id)>();
        foreach (var id in ids)
        {
            if (logits[id] >= least)
                sorted.Add((-logits[id], id));
        }

        sorted.Sort();
        var reached = 0.0;
        var count = 0;
        while (count < sorted.Count && reached < p * total)
            reached += Math.Exp(-sorted[count++].Logit - largest);
        return [.. sorted.Take(Math.Max(count, 1)).Select(entry => entry.Id)];
    }
}
