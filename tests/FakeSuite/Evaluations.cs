using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;

namespace Platform.FakeSuite;

/// <summary>Grades made-up items.</summary>
internal static class Evaluations
{
    private const int ItemsPerTick = 5;

    private static readonly string[] _contexts =
    [
        "Mira the baker lost her brass key by the old mill. She asked the miller, and he",
        "A small fox followed the lamplighter home through the snow. At the door it",
        "Tomas had promised his sister a kite for the spring fair. On the morning of the fair he",
        "The ferryman counted the coins twice, for one of them was silver. He",
    ];

    private static readonly string[] _endings =
    [
        "found it under the flour sacks and gave it back with a laugh.",
        "was a kite of silver coins, and the fair was a river.",
        "slept under the snow until the ferry came to the oven.",
        "asked the spring for the lamp and then forgot the mill.",
    ];

    /// <summary>Grades the next items. Call it under the world's lock.</summary>
    public static void Advance(World world, Evaluation evaluation)
    {
        var examples = world.Examples.TryGetValue(evaluation.Name, out var known)
            ? known
            : world.Examples[evaluation.Name] = [];
        var total = evaluation.Spec.Limit > 0 ? evaluation.Spec.Limit : 200;
        evaluation.State = State.Running;
        evaluation.StartTime ??= World.Now;
        for (var i = 0; i < ItemsPerTick && examples.Count < total; i++)
            examples.Add(Grade(examples.Count, evaluation.Name));
        evaluation.ExampleCount = examples.Count;
        (evaluation.PrimaryMetric, evaluation.Chance, evaluation.TaskVersion) = ("acc_norm", 0.25, 1);
        evaluation.ResolvedModel = evaluation.Spec.Model.Contains('@', StringComparison.Ordinal)
            ? evaluation.Spec.Model
            : evaluation.Spec.Model + "@2000";
        evaluation.Progress = new()
        {
            Done = examples.Count,
            Total = total,
            Unit = "items",
            Phase = "scoring",
            RemainingSeconds = (total - examples.Count) * 0.05,
        };
        evaluation.Metrics.Clear();
        evaluation.Metrics.Add(Measure("acc", examples, 0.94));
        evaluation.Metrics.Add(Measure("acc_norm", examples, 1));
        evaluation.Metrics.Add(Measure("acc_norm_harness", examples, 0.98));
        if (examples.Count < total)
            return;
        (evaluation.State, evaluation.EndTime, evaluation.Progress) = (State.Succeeded, World.Now, null);
    }

    private static Metric Measure(string name, List<Example> examples, double scale)
    {
        var share = scale * examples.Count(e => e.Correct) / examples.Count;
        return new()
        {
            Name = name,
            Value = share,
            Count = examples.Count,
            StandardError = Math.Sqrt(share * (1 - share) / examples.Count),
        };
    }

    private static Example Grade(int index, string evaluation)
    {
        // Evaluations differ in every third item.
        var random = new Random(index % 3 == 0 ? index + evaluation.Sum(c => c) : index);
        var example = new Example
        {
            Index = index,
            Activity = "stories",
            Context = _contexts[index % _contexts.Length],
            Gold = index % 4,
        };
        var right = random.NextDouble() < 0.58;
        example.Predicted = right ? example.Gold : (example.Gold + 1 + random.Next(3)) % 4;
        example.Correct = right;
        for (var i = 0; i < 4; i++)
        {
            var perToken = i == example.Predicted ? -2.1 - (0.2 * random.NextDouble()) : -2.5 - random.NextDouble();
            example.Endings.Add(new Ending
            {
                Text = _endings[(4 + i - example.Gold) % 4],
                TokenCount = 14 + i,
                LogProbabilityPerToken = perToken,
                LogProbability = perToken * (14 + i),
                HarnessLogProbability = perToken * (14 + i),
            });
        }

        var scores = example.Endings.Select(e => e.LogProbabilityPerToken).OrderDescending().ToList();
        example.Margin = scores[0] - scores[1];
        return example;
    }
}
