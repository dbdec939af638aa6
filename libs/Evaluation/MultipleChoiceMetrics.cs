namespace Platform.Evals;

/// <summary>Accuracies by both definitions, gathered item by item.</summary>
public sealed class MultipleChoiceMetrics
{
    private static readonly (string Name, Func<GradedEnding, double> Score)[] s_rules =
    [
        ("acc", ending => ending.LogProbability),
        ("acc_norm", ending => ending.PerToken()),
        ("acc_harness", ending => ending.HarnessLogProbability),
        ("acc_norm_harness", ending => ending.PerCharacter()),
        ("acc_bytes_harness", ending => ending.PerByte()),
    ];

    private readonly int[] _correct = new int[s_rules.Length];

    /// <summary>Items added.</summary>
    public int Count { get; private set; }

    /// <summary>Items among them whose context was cut.</summary>
    public int TruncatedCount { get; private set; }

    /// <summary>Adds an item.</summary>
    public void Add(GradedItem item)
    {
        Count++;
        TruncatedCount += item.Truncated ? 1 : 0;
        foreach (var (i, (_, score)) in s_rules.Index())
            _correct[i] += item.ChoiceBy(score) == item.Gold ? 1 : 0;
    }

    /// <summary>
    /// The figures so far: <c>acc</c> and <c>acc_norm</c> (build-nanogpt), <c>acc_harness</c>, <c>acc_norm_harness</c>
    /// and <c>acc_bytes_harness</c> (lm-evaluation-harness). None before the first item.
    /// </summary>
    public IReadOnlyList<MetricValue> Values() => Count == 0
        ? []
        : [.. s_rules.Select((rule, i) => Accuracy(rule.Name, _correct[i], Count))];

    /// <summary>The share of right answers with its standard error.</summary>
    internal static MetricValue Accuracy(string name, int correct, int count)
    {
        var mean = (double)correct / count;
        // Of zeros and ones, the sum of squared deviations is n·p·(1-p); a sample's variance divides it by n-1.
        var error = count < 2 ? 0 : Math.Sqrt(mean * (1 - mean) / (count - 1));
        return new MetricValue(name, mean, error, count);
    }
}
