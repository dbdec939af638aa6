using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Evals;

/// <summary>From hidden states to log-probabilities, at the positions that predict a continuation's tokens.</summary>
internal static class ContinuationHead
{
    // Rows of the head at a time: 256 × 50257 fp32 are 51 MB.
    private const int HeadRows = 256;

    /// <summary>Writes the sums of rows into their results.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hidden">(R, T, C): row r begins with its token number <c>rows[r].Shared</c>.</param>
    /// <param name="rows">The rows.</param>
    public static void Sum(Gpt model, Tensor hidden, IReadOnlyList<PendingRow> rows)
    {
        var time = hidden.shape[1];
        var places = new List<long>();
        var targets = new List<long>();
        var owners = new List<int>();
        foreach (var (r, row) in rows.Index())
        {
            for (var at = row.Row.ScoreFrom; at < row.Row.Tokens.Length; at++)
            {
                places.Add((r * time) + at - 1 - row.Shared);
                targets.Add(row.Row.Tokens[at]);
                owners.Add(r);
            }
        }

        var flat = hidden.flatten(0, 1); // (R·T, C)
        var asksGreedy = rows.Any(row => row.AsksGreedy);
        var sums = new double[rows.Count];
        var greedy = Enumerable.Repeat(asksGreedy, rows.Count).ToArray();
        for (var begin = 0; begin < places.Count; begin += HeadRows)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(HeadRows, places.Count - begin);
            var target = Index(targets, begin, count, model.Device); // (M)
            var logits = model.Logits(flat.index_select(0, Index(places, begin, count, model.Device))); // (M, V)
            var logProbabilities = (logits.gather(1, target.view(count, 1)).squeeze(1) - logits.logsumexp(-1)) // (M)
                .cpu().data<float>();
            var first = asksGreedy ? logits.argmax(-1).eq(target).cpu().data<bool>() : null; // (M)
            for (var i = 0; i < count; i++)
            {
                sums[owners[begin + i]] += logProbabilities[i];
                greedy[owners[begin + i]] &= first?[i] ?? false;
            }
        }

        foreach (var (r, row) in rows.Index())
            row.Results[row.Place] = new ScoredContinuation(sums[r], row.AsksGreedy && greedy[r]);
    }

    private static Tensor Index(List<long> values, int begin, int count, Device device) =>
        tensor(values.GetRange(begin, count).ToArray(), device: device); // (M)
}
