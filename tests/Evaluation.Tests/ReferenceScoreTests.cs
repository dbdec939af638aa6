using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Evaluation.Tests;

/// <summary>
/// Real items graded by a real (tiny) GPT-2 checkpoint. The expected figures come from a GPT-2 written in numpy in
/// double precision, with a Python BPE and a Python rendering: nothing in common with this code but the files.
/// </summary>
public class ReferenceScoreTests
{
    [Fact]
    public void Score_RealItems_EqualsTheNumpyReference()
    {
        var path = SharedData.Require("hellaswag/hellaswag_val_orig_700.jsonl");
        var folder = SharedData.Require("checkpoints/sshleifer-tiny-gpt2");
        using var model = ModelFolder.Load(folder);
        var tokenizer = TokenizerFiles.Load(folder);
        var graded = new List<GradedItem>();
        var metrics = new EvaluationMetrics();

        ItemScorer.Score(
            model,
            tokenizer,
            EvaluationTasks.Get("hellaswag").Read(path, new TaskReading(tokenizer, 1024)).Take(60),
            result =>
            {
                graded.Add(result.Graded!);
                metrics.Add(result.Graded!);
            },
            TestContext.Current.CancellationToken);

        AssertItem(
            graded[0],
            [-173.23396, -162.65863, -108.12104, -238.14324], [16, 15, 10, 22],
            [-173.20118, -162.55429, -108.18406, -238.43345], [67, 67, 37, 99]);
        AssertItem(
            graded[1],
            [-54.07369, -54.09823, -108.27903, -75.80895], [5, 5, 10, 7],
            [-54.12174, -54.14603, -108.05793, -75.71312], [16, 14, 42, 32]);
        AssertItem(
            graded[3],
            [-43.2755, -108.28551, -64.86607, -86.50913], [4, 10, 6, 8],
            [-43.25351, -108.29389, -64.81853, -86.50733], [19, 45, 22, 29]);
        int[] right = [.. metrics.Values().Select(metric => (int)Math.Round(metric.Value * metric.Count))];
        Assert.Equal([12, 13, 12, 15, 15], right);
    }

    private static void AssertItem(
        GradedItem item, double[] sums, int[] tokens, double[] harnessSums, int[] characters)
    {
        for (var i = 0; i < 4; i++)
        {
            var ending = item.Endings[i];
            Assert.Equal(sums[i], ending.LogProbability!.Value, 1e-3);
            Assert.Equal(harnessSums[i], ending.HarnessLogProbability!.Value, 1e-3);
            Assert.Equal(((int?)tokens[i], (int?)characters[i], (int?)characters[i]),
                (ending.TokenCount, ending.Characters, ending.Bytes));
        }
    }
}
