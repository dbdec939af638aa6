namespace Platform.Evals;

/// <summary>
/// A task's figures, gathered item by item. All that they rest on is a list of sums, so several processes that share
/// the items add theirs up and have the figures of all.
/// </summary>
public sealed class EvaluationMetrics
{
    private const int Graded = 0;
    private const int Truncated = 1;
    private const int Choices = 2; // two a rule: right ones, items
    private const int Completion = 12; // right ones, items, Σx, Σx² of the log-probability x
    private const int Text = 16; // parts, Σn, Σn² of the negative log-probability n
    private const int Ratios = 19; // three a denominator d (tokens, words, bytes): Σd, Σd², Σnd
    private const int Length = 28;

    private static readonly ChoiceRule[] s_rules = Enum.GetValues<ChoiceRule>();

    private readonly double[] _sums = new double[Length];

    /// <summary>Items added.</summary>
    public int Count => (int)_sums[Graded];

    /// <summary>Items among them whose context was cut.</summary>
    public int TruncatedCount => (int)_sums[Truncated];

    /// <summary>What all figures are computed from; of a fixed length.</summary>
    public IReadOnlyList<double> Sums => _sums;

    /// <summary>Adds an item.</summary>
    public void Add(GradedItem item)
    {
        _sums[Graded]++;
        _sums[Truncated] += item.Truncated ? 1 : 0;
        switch (item.Endings)
        {
            case [{ Greedy: { } greedy, HarnessLogProbability: { } x }]:
                AddTo(Completion, greedy ? 1 : 0, 1, x, x * x);
                break;
            case [{ Words: { } words, Bytes: { } bytes, HarnessTokenCount: { } tokens, HarnessLogProbability: { } x }]:
                AddTo(Text, 1, -x, x * x);
                foreach (var (i, d) in ((double[])[tokens, words, bytes]).Index())
                    AddTo(Ratios + (3 * i), d, d * d, -x * d);
                break;
            default:
                foreach (var (i, rule) in s_rules.Index())
                {
                    if (item.ChoiceBy(rule) is { } choice)
                        AddTo(Choices + (2 * i), choice == item.Gold ? 1 : 0, 1);
                }

                break;
        }
    }

    /// <summary>Adds what another process has summed.</summary>
    /// <param name="sums">Its <see cref="Sums"/>.</param>
    public void Add(IReadOnlyList<double> sums)
    {
        if (sums.Count != Length)
            throw new ArgumentException($"There are {Length} sums, not {sums.Count}.", nameof(sums));
        for (var i = 0; i < Length; i++)
            _sums[i] += sums[i];
    }

    /// <summary>The figures so far, those that the items have; none before the first item.</summary>
    public IReadOnlyList<MetricValue> Values()
    {
        var values = new List<MetricValue>();
        foreach (var (i, rule) in s_rules.Index())
        {
            if (_sums[Choices + (2 * i) + 1] is > 0 and var count)
                values.Add(Accuracy(MetricNames.Of(rule), _sums[Choices + (2 * i)], count));
        }

        if (_sums[Completion + 1] > 0)
        {
            values.Add(Accuracy(MetricNames.AccHarness, _sums[Completion], _sums[Completion + 1]));
            values.Add(Perplexity());
        }

        if (_sums[Text] > 0)
            AddTextFigures(values);
        return values;
    }

    private void AddTextFigures(List<MetricValue> values)
    {
        var count = (int)_sums[Text];
        var (loss, lossError) = Ratio(0);
        values.Add(new MetricValue(MetricNames.Loss, loss, lossError, count));
        values.Add(Exponential(MetricNames.TokenPerplexity, loss, lossError, count));
        if (_sums[Ratios + 3] > 0)
        {
            var (word, wordError) = Ratio(1);
            values.Add(Exponential(MetricNames.WordPerplexity, word, wordError, count));
        }

        var (nats, byteError) = Ratio(2);
        values.Add(Exponential(MetricNames.BytePerplexity, nats, byteError, count));
        values.Add(new MetricValue(MetricNames.BitsPerByte, nats / Math.Log(2), byteError / Math.Log(2), count));
    }

    // Σn / Σd, and the error of a ratio estimate: the residuals' deviation over the mean denominator.
    private (double Value, double Error) Ratio(int denominator)
    {
        var (count, sum, squares) = (_sums[Text], _sums[Text + 1], _sums[Text + 2]);
        var at = Ratios + (3 * denominator);
        var (d, dd, nd) = (_sums[at], _sums[at + 1], _sums[at + 2]);
        var ratio = sum / d;
        var residuals = Math.Max(0, squares - (2 * ratio * nd) + (ratio * ratio * dd));
        return (ratio, count < 2 ? 0 : Math.Sqrt(residuals * count / (count - 1)) / d);
    }

    private MetricValue Perplexity()
    {
        var (count, sum, squares) = (_sums[Completion + 1], _sums[Completion + 2], _sums[Completion + 3]);
        var mean = sum / count;
        var variance = count < 2 ? 0 : Math.Max(0, squares - (sum * mean)) / (count - 1);
        return Exponential(MetricNames.PerplexityHarness, -mean, Math.Sqrt(variance / count), (int)count);
    }

    private static MetricValue Exponential(string name, double mean, double error, int count) =>
        new(name, Math.Exp(mean), Math.Exp(mean) * error, count);

    private static MetricValue Accuracy(string name, double correct, double count)
    {
        var mean = correct / count;
        // Of zeros and ones, the sum of squared deviations is n·p·(1-p); a sample's variance divides it by n-1.
        var error = count < 2 ? 0 : Math.Sqrt(mean * (1 - mean) / (count - 1));
        return new MetricValue(name, mean, error, (int)count);
    }

    private void AddTo(int at, params ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            _sums[at + i] += values[i];
    }
}
