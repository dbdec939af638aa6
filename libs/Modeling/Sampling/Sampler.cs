using System.Buffers;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Draws token ids from logits. On the CPU in fp64, so that a seed means the same on every device.</summary>
public static class Sampler
{
    /// <summary>The next token of one sequence.</summary>
    /// <param name="logits">The real vocabulary's, as <see cref="Gpt.Logits"/> returns them.</param>
    /// <param name="options">Valid ones.</param>
    /// <param name="position">Of the new token in its context; the counter of the random number.</param>
    /// <param name="history">What penalties count; null: nothing came before.</param>
    /// <exception cref="ArgumentException">No logit is a number.</exception>
    public static int Next(
        ReadOnlySpan<float> logits, SamplingOptions options, long position, TokenHistory? history = null)
    {
        if (options.LogitBias.Count == 0 && (history is null || !options.HasPenalties))
            return Draw(logits, options, position);
        var buffer = ArrayPool<float>.Shared.Rent(logits.Length);
        var changed = buffer.AsSpan(0, logits.Length);
        logits.CopyTo(changed);
        history?.Penalise(changed, options);
        foreach (var (id, bias) in options.LogitBias)
        {
            if (id < changed.Length)
                changed[id] += (float)bias;
        }

        var chosen = Draw(changed, options, position);
        ArrayPool<float>.Shared.Return(buffer);
        return chosen;
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

    // The ids of the k largest logits in the order of ids; of equal logits the smaller id is the better. A heap of the
    // best so far, the worst on top.
    internal static int[] TopK(ReadOnlySpan<float> logits, int k)
    {
        var best = new PriorityQueue<int, (float Logit, int MinusId)>(k);
        var worst = float.NegativeInfinity;
        for (var id = 0; id < logits.Length; id++)
        {
            if (best.Count < k)
                best.Enqueue(id, (logits[id], -id));
            else if (logits[id] > worst)
                best.EnqueueDequeue(id, (logits[id], -id));
            else
                continue;
            if (best.Count == k && best.TryPeek(out _, out var rank))
                worst = rank.Logit;
        }

        var ids = best.UnorderedItems.Select(item => item.Element).ToArray();
        Array.Sort(ids);
        return ids;
    }

    private static int Draw(ReadOnlySpan<float> logits, SamplingOptions options, long position)
    {
        var largest = SoftmaxSums.Max(logits);
        if (!float.IsFinite(largest))
            throw new ArgumentException("The logits are empty or not numbers: the model's weights are damaged.");
        if (options.Temperature == 0 || options.TopK == 1)
            return logits.IndexOf(largest);
        var uniform = CounterRandom.Uniform(options.Seed, position);
        return options is { TopK: 0, TopP: 1, MinP: 0 }
            ? DrawFromAll(logits, largest, options.Temperature, uniform)
            : DrawFrom(Candidates(logits, largest, options), logits, largest, options.Temperature, uniform);
    }

    private static int DrawFromAll(ReadOnlySpan<float> logits, double largest, double temperature, double uniform)
    {
        var blocks = SoftmaxSums.Blocks(logits, largest, temperature);
        var left = uniform * blocks.Sum();
        var block = 0;
        while (block < blocks.Length - 1 && left >= blocks[block])
            left -= blocks[block++];
        var start = block * SoftmaxSums.BlockSize;
        var last = Math.Min(start + SoftmaxSums.BlockSize, logits.Length) - 1;
        for (var id = start; id <= last; id++)
        {
            left -= Math.Exp((logits[id] - largest) / temperature);
            if (left < 0)
                return id;
        }

        return LastPossible(logits, last); // rounding
    }

    // Rounding must not choose what has no probability at all.
    private static int LastPossible(ReadOnlySpan<float> logits, int id)
    {
        while (id > 0 && float.IsNegativeInfinity(logits[id]))
            id--;
        return id;
    }

    private static int DrawFrom(
        int[] ids, ReadOnlySpan<float> logits, double largest, double temperature, double uniform)
    {
        var weights = new double[ids.Length];
        var total = 0.0;
        for (var i = 0; i < ids.Length; i++)
            total += weights[i] = Math.Exp((logits[ids[i]] - largest) / temperature);

        var left = uniform * total;
        for (var i = 0; i < ids.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
                return ids[i];
        }

        return ids[^1]; // rounding
    }

    private static int[] Candidates(ReadOnlySpan<float> logits, float largest, SamplingOptions options)
    {
        var ids = options.TopK > 0 && options.TopK < logits.Length
            ? TopK(logits, options.TopK)
            : Enumerable.Range(0, logits.Length).ToArray();
        if (options.TopP < 1)
            ids = TopP(logits, ids, largest, options.TopP);
        return options.MinP > 0 ? MinP(logits, ids, largest, options.MinP) : ids;
    }

    private static int[] TopP(ReadOnlySpan<float> logits, int[] ids, float largest, double p)
    {
        var total = 0.0;
        if (ids.Length == logits.Length)
        {
            total = SoftmaxSums.SumExp(logits, largest);
        }
        else
        {
            foreach (var id in ids)
                total += Math.Exp(logits[id] - largest);
        }

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

    private static int[] MinP(ReadOnlySpan<float> logits, int[] ids, float largest, double p)
    {
        var least = largest + Math.Log(p);
        var kept = new List<int>();
        foreach (var id in ids)
        {
            if (logits[id] >= least)
                kept.Add(id);
        }

        return [.. kept];
    }
}
