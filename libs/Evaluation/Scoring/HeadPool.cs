using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Evals;

/// <summary>
/// From hidden states to log-probabilities. States that predict something are gathered over several passes, since the
/// head is a product with the whole vocabulary and wants many rows.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="asksGreedy">Whether to compare with the model's first choices.</param>
internal sealed class HeadPool(Gpt model, bool asksGreedy) : IDisposable
{
    // Rows of the head at a time: 256 × 50257 fp32 are 51 MB.
    private const int HeadRows = 256;

    // Columns at a time after it: 256 × 4096 fp32 are 4 MB.
    private const int SliceColumns = 4096;

    private readonly List<Tensor> _states = []; // each (m, C)
    private readonly List<(long Row, long Token, RowScore Score)> _targets = [];
    private int _count;

    /// <summary>Adds states with what they are to predict.</summary>
    /// <param name="hidden">(…, C) of a pass.</param>
    /// <param name="targets">The place among its rows, the token there, and whose it is.</param>
    public void Add(Tensor hidden, IEnumerable<(long Place, int Token, RowScore Score)> targets)
    {
        var rows = new Dictionary<long, long>();
        foreach (var (place, token, score) in targets)
        {
            if (!rows.TryGetValue(place, out var row))
                rows[place] = row = rows.Count;
            _targets.Add((_count + row, token, score));
        }

        if (rows.Count == 0)
            return;
        using (var scope = NewDisposeScope())
        {
            var places = tensor(rows.Keys.ToArray(), device: model.Device); // (m), in the order of their numbers
            _states.Add(hidden.view(-1, hidden.shape[^1]).index_select(0, places).DetachFromDisposeScope()); // (m, C)
        }

        _count += rows.Count;
        if (_count >= HeadRows)
            Flush();
    }

    /// <summary>Scores what is left.</summary>
    public void Flush()
    {
        if (_count == 0)
            return;
        using (var scope = NewDisposeScope())
        {
            var states = cat(_states); // (M, C)
            // Parts of equal size.
            var parts = (_count + HeadRows - 1) / HeadRows;
            for (var part = 0; part < parts; part++)
                Score(states, (long)_count * part / parts, (long)_count * (part + 1) / parts);
        }

        Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Score(Tensor states, long begin, long end)
    {
        using var scope = NewDisposeScope();
        var targets = _targets.Where(target => target.Row >= begin && target.Row < end).ToList();
        var rows = tensor(targets.Select(target => target.Row - begin).ToArray(), device: model.Device); // (K)
        var tokens = tensor(targets.Select(target => target.Token).ToArray(), device: model.Device); // (K)
        var logits = model.Logits(states.narrow(0, begin, end - begin)); // (M, V)
        var chosen = logits.index([TensorIndex.Tensor(rows), TensorIndex.Tensor(tokens)]); // (K)
        var logProbabilities = (chosen - LogSumExp(logits).index_select(0, rows)).cpu().data<float>(); // (K)
        var first = asksGreedy ? logits.argmax(-1).index_select(0, rows).eq(tokens).cpu().data<bool>() : null; // (K)
        foreach (var (i, target) in targets.Index())
        {
            target.Score.Sum += logProbabilities[i];
            target.Score.Greedy &= first?[i] ?? false;
        }
    }

    // Slice by slice, so that what is between the operations stays in the processor's cache.
    private static Tensor LogSumExp(Tensor logits) // (M, V) → (M)
    {
        var vocabulary = logits.shape[1];
        var slices = new List<Tensor>();
        for (var begin = 0L; begin < vocabulary; begin += SliceColumns)
            slices.Add(logits.narrow(1, begin, Math.Min(SliceColumns, vocabulary - begin)).logsumexp(-1)); // (M)
        return stack(slices, 1).logsumexp(-1); // (M)
    }

    private void Clear()
    {
        foreach (var state in _states)
            state.Dispose();
        _states.Clear();
        _targets.Clear();
        _count = 0;
    }
}
