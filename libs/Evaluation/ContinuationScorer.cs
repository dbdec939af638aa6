using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Evals;

/// <summary>
/// Log-probabilities of continuations that share their beginning: it is computed once, and its KV cache serves all of
/// them; the head is computed for their own tokens only.
/// </summary>
/// <param name="model">Used by nothing else meanwhile.</param>
public sealed class ContinuationScorer(Gpt model) : IDisposable
{
    // Contexts of benchmark items are short; a cache for the model's longest context would be zeroed and held in vain.
    private const int CapacityStep = 64;

    // Rows of the head at a time: 256 × 50257 fp32 are 51 MB.
    private const int HeadRows = 256;

    private KvCache? _cache;

    /// <summary>The summed natural log-probability of each continuation's tokens.</summary>
    public double[] Score(IReadOnlyList<EncodedContinuation> rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var shared = SharedLength(rows);
        var cache = EmptyCache(rows.Count, rows.Max(row => row.Tokens.Length - 1));
        if (shared > 0)
        {
            var tokens = Longs(rows[0].Tokens.AsSpan(0, shared));
            var context = tensor(tokens, device: model.Device).view(1, shared); // (1, P)
            model.ForwardCached(context, cache, [0]);
            cache.Expand(source: 0, first: 0, count: rows.Count);
        }

        int[] counts = [.. rows.Select(row => row.Tokens.Length - 1 - shared)];
        var time = counts.Max();
        var inputs = new long[rows.Count * time];
        foreach (var (r, row) in rows.Index())
            Longs(row.Tokens.AsSpan(shared, counts[r])).CopyTo(inputs, r * time);
        var ids = tensor(inputs, device: model.Device).view(rows.Count, time); // (R, T)
        var hidden = model.ForwardCached(ids, cache, [.. Enumerable.Range(0, rows.Count)], counts); // (R, T, C)
        return Sum(hidden.flatten(0, 1), rows, shared, time);
    }

    /// <inheritdoc/>
    public void Dispose() => _cache?.Dispose();

    // The last shared token is computed with each continuation, since it predicts their first tokens.
    private static int SharedLength(IReadOnlyList<EncodedContinuation> rows)
    {
        var shared = rows.Min(row => row.ScoreFrom) - 1;
        foreach (var row in rows)
            shared = Math.Min(shared, rows[0].Tokens.AsSpan().CommonPrefixLength(row.Tokens));
        return shared;
    }

    private double[] Sum(Tensor hidden, IReadOnlyList<EncodedContinuation> rows, int shared, int time) // (R·T, C)
    {
        var places = new List<long>();
        var targets = new List<long>();
        var owners = new List<int>();
        foreach (var (r, row) in rows.Index())
        {
            for (var at = row.ScoreFrom; at < row.Tokens.Length; at++)
            {
                places.Add(((long)r * time) + at - 1 - shared);
                targets.Add(row.Tokens[at]);
                owners.Add(r);
            }
        }

        var sums = new double[rows.Count];
        for (var begin = 0; begin < places.Count; begin += HeadRows)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(HeadRows, places.Count - begin);
            var chosen = hidden.index_select(0, Index(places, begin, count)); // (M, C)
            var logProbabilities = model.Logits(chosen).log_softmax(-1) // (M, V)
                .gather(1, Index(targets, begin, count).view(count, 1)) // (M, 1)
                .cpu().data<float>();
            for (var i = 0; i < count; i++)
                sums[owners[begin + i]] += logProbabilities[i];
        }

        return sums;
    }

    private Tensor Index(List<long> values, int begin, int count) =>
        tensor(values.GetRange(begin, count).ToArray(), device: model.Device); // (M)

    private KvCache EmptyCache(int slots, int length)
    {
        if (_cache is null || _cache.Slots < slots || _cache.Capacity < length)
        {
            var capacity = Math.Min(model.Config.BlockSize, (length + CapacityStep - 1) / CapacityStep * CapacityStep);
            _cache?.Dispose();
            _cache = model.CreateCache(slots, capacity);
        }

        for (var slot = 0; slot < _cache.Slots; slot++)
            _cache.Truncate(slot, 0);
        return _cache;
    }

    private static long[] Longs(ReadOnlySpan<int> tokens)
    {
        var longs = new long[tokens.Length];
        for (var i = 0; i < longs.Length; i++)
            longs[i] = tokens[i];
        return longs;
    }
}
