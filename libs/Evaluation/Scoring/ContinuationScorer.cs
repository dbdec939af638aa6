using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Evals;

/// <summary>
/// Log-probabilities of continuations. What the continuations of a prompt have in common is computed once, and its KV
/// cache serves all of them; rows of like length go through the model together, up to a number of tokens a pass; the
/// head is computed at the continuations' own positions only.
/// </summary>
/// <param name="model">Used by nothing else meanwhile.</param>
/// <param name="tokenBudget">Tokens of a pass at the most; a single longer row is a pass of its own.</param>
public sealed class ContinuationScorer(Gpt model, int tokenBudget = ContinuationScorer.DefaultTokenBudget) : IDisposable
{
    /// <summary>Matrix products hardly gain from more rows, and shorter passes pad less.</summary>
    public const int DefaultTokenBudget = 512;

    // Contexts of benchmark items are short; a cache for the model's longest context would be zeroed and held in vain.
    private const int CapacityStep = 64;

    // What the cache may take; one prompt with all of its rows is computed whatever it takes.
    private const long CacheBytes = 1L << 30;

    private KvCache? _cache;

    /// <summary>Scores every row of every group.</summary>
    /// <returns>Of each group, in order, its rows in order.</returns>
    /// <exception cref="OperationCanceledException">Cancelled between two passes.</exception>
    public IReadOnlyList<ScoredContinuation[]> Score(
        IReadOnlyList<RowGroup> groups, CancellationToken cancellationToken = default)
    {
        if (groups.Count == 0)
            return [];
        var scores = groups.Select(group => group.Rows.Select(_ => new RowScore()).ToArray()).ToArray();
        using var head = new HeadPool(model, groups.Any(group => group.AsksGreedy));
        var maxSlots = EnsureCache(groups.Max(group => group.Rows.Max(row => row.Tokens.Length - 1)));
        // Half of the slots for beginnings, half for rows that go on from them.
        var prefixSlots = maxSlots / 2;
        var bySharing = groups.Zip(scores).OrderBy(entry => entry.First.SharedLength);
        foreach (var batch in bySharing.Chunk(prefixSlots))
        {
            Prefill(batch, head, cancellationToken);
            var rows = batch.SelectMany((entry, slot) => entry.First.Rows.Zip(entry.Second).Select(row =>
                new PendingRow(row.First, slot, entry.First.SharedLength, row.Second)));
            var pending = rows.Where(row => row.Count > 0).OrderBy(row => row.Count).ToList();
            foreach (var pass in Passes(pending, row => row.Count, maxSlots - prefixSlots))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Score(pass, firstSlot: prefixSlots, head);
            }
        }

        head.Flush();
        return
        [
            .. groups.Zip(scores, (group, row) => row
                .Select(score => new ScoredContinuation(score.Sum, group.AsksGreedy && score.Greedy))
                .ToArray()),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => _cache?.Dispose();

    // Slot i holds group i's beginning.
    private void Prefill(
        (RowGroup Group, RowScore[] Scores)[] groups, HeadPool head, CancellationToken cancellationToken)
    {
        var slot = groups.TakeWhile(entry => entry.Group.SharedLength == 0).Count(); // sorted by length
        for (var empty = 0; empty < slot; empty++)
            _cache!.Truncate(empty, 0);
        foreach (var pass in Passes(groups[slot..], entry => entry.Group.SharedLength, int.MaxValue))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] counts = [.. pass.Select(entry => entry.Group.SharedLength)];
            int[] slots = [.. Enumerable.Range(slot, pass.Count)];
            foreach (var s in slots)
                _cache!.Truncate(s, 0);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var ids = Padded([.. pass.Zip(counts, (entry, n) => entry.Group.Rows[0].Tokens.AsMemory(0, n))]); // (R, T)
            var hidden = model.ForwardCached(ids, _cache!, slots, counts); // (R, T, C)
            var time = ids.shape[1];
            head.Add(hidden, pass.SelectMany((entry, r) => entry.Group.Rows.Zip(entry.Scores)
                .Where(row => row.First.ScoreFrom == counts[r])
                .Select(row => ((r * time) + counts[r] - 1, row.First.Tokens[counts[r]], row.Second))));
            slot += pass.Count;
        }
    }

    private void Score(List<PendingRow> rows, int firstSlot, HeadPool head)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // What has no common beginning goes on from a slot that holds nothing.
        _cache!.Gather([.. rows.Select(row => row.Slot)], firstSlot);
        var ids = Padded([.. rows.Select(row => row.Row.Tokens.AsMemory(row.Shared, row.Count))]); // (R, T)
        var hidden = model.ForwardCached(
            ids,
            _cache!,
            [.. Enumerable.Range(firstSlot, rows.Count)],
            [.. rows.Select(row => row.Count)]); // (R, T, C)
        var time = ids.shape[1];
        head.Add(hidden, rows.SelectMany((row, r) =>
            row.Predictions(r * time).Select(prediction => (prediction.Place, prediction.Token, row.Score))));
    }

    private Tensor Padded(ReadOnlyMemory<int>[] rows)
    {
        var time = rows.Max(row => row.Length);
        var ids = new long[rows.Length * time];
        foreach (var (r, row) in rows.Index())
        {
            for (var t = 0; t < row.Length; t++)
                ids[(r * time) + t] = row.Span[t];
        }

        return tensor(ids, device: model.Device).view(rows.Length, time); // (R, T)
    }

    // Things sorted by length in passes of about equal size, since a small one uses the machine badly. Padding within a
    // pass is not computed, but for attention.
    private IEnumerable<List<T>> Passes<T>(IReadOnlyList<T> sorted, Func<T, int> length, int maxCount)
    {
        var rest = sorted.Sum(length);
        var pass = new List<T>();
        var tokens = 0;
        foreach (var next in sorted)
        {
            var fair = rest / Math.Ceiling((double)rest / tokenBudget);
            var half = length(next) / 2;
            if (pass.Count > 0
                && (pass.Count == maxCount || tokens + length(next) > tokenBudget || tokens + half > fair))
            {
                yield return pass;
                rest -= tokens;
                (pass, tokens) = ([], 0);
            }

            pass.Add(next);
            tokens += length(next);
        }

        if (pass.Count > 0)
            yield return pass;
    }

    // Returns how many slots there are; at least two, one to share and one to go on.
    private int EnsureCache(int length)
    {
        var capacity = Math.Min(model.Config.BlockSize, (length + CapacityStep - 1) / CapacityStep * CapacityStep);
        if (_cache is null || _cache.Capacity < capacity)
        {
            var elementBytes = model.ComputeType == ScalarType.Float32 ? 4L : 2L;
            var slotBytes = 2L * model.Config.NLayer * model.Config.NEmbd * elementBytes * capacity;
            // Rows have a few tokens each, so more slots could hardly be used.
            var slots = (int)Math.Clamp(CacheBytes / slotBytes, 2, Math.Max(2, tokenBudget / 4));
            _cache?.Dispose();
            _cache = null;
            _cache = model.CreateCache(slots, capacity);
        }

        return _cache.Slots;
    }
}
