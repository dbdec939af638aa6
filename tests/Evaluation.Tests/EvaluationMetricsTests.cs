using Platform.Evals;

namespace Platform.Evaluation.Tests;

public class EvaluationMetricsTests
{
    // Each rule chooses another ending: by sum the first, by token the second, by character the third, by byte the
    // fourth; and by harness's sum the first again.
    private static GradedItem Item(int gold, bool truncated = false) => new(
        0, "", "x",
        [
            new GradedEnding("a", -4.0, 1, -4.0, 1, 1),
            new GradedEnding("b", -6.0, 6, -9.0, 3, 3),
            new GradedEnding("c", -8.0, 4, -6.0, 10, 40),
            new GradedEnding("d", -9.0, 3, -7.0, 8, 80),
        ],
        gold, truncated);

    [Theory]
    [InlineData(0, "acc,acc_harness")]
    [InlineData(1, "acc_norm")]
    [InlineData(2, "acc_norm_harness")]
    [InlineData(3, "acc_bytes_harness")]
    public void Values_OneItem_EachRuleChoosesByItsOwnScore(int gold, string right)
    {
        var metrics = new EvaluationMetrics();

        metrics.Add(Item(gold));

        Assert.Equal(right, string.Join(',', metrics.Values().Where(m => m.Value == 1).Select(m => m.Name)));
        Assert.Equal(
            ["acc", "acc_norm", "acc_harness", "acc_norm_harness", "acc_bytes_harness"],
            metrics.Values().Select(m => m.Name));
    }

    [Fact]
    public void Values_ManyItems_HaveMeanAndStandardError()
    {
        var metrics = new EvaluationMetrics();
        foreach (var gold in (int[])[0, 0, 0, 1, 2, 3, 1])
            metrics.Add(Item(gold, truncated: gold == 3));

        var acc = metrics.Values()[0];

        // statistics.stdev([1,1,1,0,0,0,0]) / 7**0.5 = 0.20203050891044214 (Python).
        Assert.Equal(3.0 / 7, acc.Value, 12);
        Assert.Equal(0.20203050891044214, acc.StandardError, 12);
        Assert.Equal(7, acc.Count);
        Assert.Equal(1, metrics.TruncatedCount);
    }

    [Fact]
    public void Values_NoItem_AreNone() => Assert.Empty(new EvaluationMetrics().Values());

    [Fact]
    public void ChoiceBy_EqualScores_TakesTheFirst()
    {
        var ending = new GradedEnding("a", -1, 1, -1, 1, 1);

        var item = new GradedItem(0, "", "x", [ending, ending], 1, false);

        Assert.All(Enum.GetValues<ChoiceRule>(), rule => Assert.Equal(0, item.ChoiceBy(rule)));
    }

    [Fact]
    public void Margin_Item_IsDistanceToTheNextBestPerToken()
    {
        var item = Item(1);

        Assert.Equal(1, item.ChoiceBy(ChoiceRule.AccNorm));
        Assert.True(item.IsCorrect(MetricNames.AccNorm));
        Assert.Equal(1.0, item.Margin(MetricNames.AccNorm)!.Value, 12);
    }
}
