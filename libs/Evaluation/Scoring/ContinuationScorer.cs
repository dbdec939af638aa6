using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Evals;

/// <summary>
/// Log-probabilities of continuations. What the continuations of a prompt have in common is computed once, and its KV
/// cache serves all of them; rows of like length go through the model together, up to a number of tokens a pass; the
/// head is computed at the continuations' own positions only.
/// </summary>
/// <param name="model">Used by nothing else meanwhile.</param>
/// <param name="tokenBudget">Tokens of a pass, padding included; a single longer row is a pass of its own.</param>
public sealed class ContinuationScorer(Gpt model, int tokenBudget = ContinuationScorer.DefaultTokenBudget) : IDisposable
{
    /// <summary>Matrix products hardly gain from more rows, and shorter passes pad less.</summary>
    public const int DefaultTokenBudget = 512;

    // Contexts of benchmark items are short; a cache for the model's longest context would be zeroed and held in vain.
    private const int CapacityStep = 64;

    // What the cache may take; one prompt with all of its rows is computed whatever it takes.
    private const long CacheBytes = 512L << 20;

    private KvCache? _cache;

    /// <summary>Scores every row of every group.</summary>
    /// <returns>Of each group, in order, its rows in order.</returns>
    /// <exception cref="OperationCanceledException">Cancelled between two passes.</exception>
    public IReadOnlyList<ScoredContinuation[]> Score(
        IReadOnlyList<RowGroup> groups, CancellationToken cancellationToken = default)
    {
        var results = groups.Select(group => new ScoredContinuation[group.Rows.Count]).ToArray();
        if (groups.Count == 0)
            return results;
        var maxSlots = EnsureCache(groups.Max(group => group.Rows.Max(row => row.Tokens.Length - 1)));
        // A third of the slots for beginnings, the others for rows that go on from them.
        var prefixSlots = Math.Max(1, maxSlots / 3);
        var bySharing = groups.Select((group, index) => (group, index)).OrderBy(entry => entry.group.SharedLength);
        foreach (var batch in bySharing.Chunk(prefixSlots))
        {
            Prefill([.. batch.Select(entry => entry.group)], cancellationToken);
            var rows = batch.SelectMany((entry, slot) => entry.group.Rows.Select((row, i) => new PendingRow(
                row, slot, entry.group.SharedLength, entry.group.AsksGreedy, results[entry.index], i)));
            var pending = rows.OrderBy(row => row.Count).ToList();
            foreach (var pass in Passes(pending, row => row.Count, maxSlots - prefixSlots))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Score(pass, firstSlot: prefixSlots);
            }
        }

        return results;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache?.Dispose();

    // Slot i holds group i's beginning.
    private void Prefill(RowGroup[] groups, CancellationToken cancellationToken)
    {
        var slot = groups.TakeWhile(group => group.SharedLength == 0).Count(); // sorted by length
        foreach (var pass in Passes(groups[slot..], group => group.SharedLength, int.MaxValue))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] counts = [.. pass.Select(group => group.SharedLength)];
            int[] slots = [.. Enumerable.Range(slot, pass.Count)];
            foreach (var s in slots)
                _cache!.Truncate(s, 0);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var ids = Padded([.. pass.Select(group => group.Rows[0].Tokens.AsMemory(0, group.SharedLength))]); // (R, T)
            model.ForwardCached(ids, _cache!, slots, counts);
            slot += pass.Count;
        }
    }

    private void Score(List<PendingRow> rows, int firstSlot)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (i, row) in rows.Index())
        {
            _cache!.Truncate(firstSlot + i, 0);
            if (row.Shared > 0)
                _cache.Expand(row.Slot, firstSlot + i, 1);
        }

        var ids = Padded([.. rows.Select(row => row.Row.Tokens.AsMemory(row.Shared, row.Count))]); // (R, T)
        var hidden = model.ForwardCached(
            ids,
            _cache!,
            [.. Enumerable.Range(firstSlot, rows.Count)],
            [.. rows.Select(row => row.Count)]); // (R, T, C)
        ContinuationHead.Sum(model, hidden, rows);
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

    // Of things sorted by length, as many together as fit.
    private IEnumerable<List<T>> Passes<T>(IReadOnlyList<T> sorted, Func<T, int> length, int maxCount)
    {
        var pass = new List<T>();
        foreach (var next in sorted)
        {
            if (pass.Count > 0 && (pass.Count == maxCount || (pass.Count + 1) * length(next) > tokenBudget))
            {
                yield return pass;
                pass = [];
            }

            pass.Add(next);
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
            // More slots than a pass has tokens could not be used.
            var slots = (int)Math.Clamp(CacheBytes / slotBytes, 2, Math.Max(2, tokenBudget / 4));
            _cache?.Dispose();
            _cache = null;
            _cache = model.CreateCache(slots, capacity);
        }

        return _cache.Slots;
    }
}
