using Platform.Contracts.Eval.V1;
using Platform.Evals;

namespace Platform.EvalHost.Grpc;

/// <summary>From the library's types to the wire's.</summary>
internal static class EvaluationMessages
{
    /// <summary>A graded item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="metric">By which figure's rule it is right or wrong.</param>
    public static Example Of(GradedItem item, string metric)
    {
        var message = new Example
        {
            Index = item.Index,
            Activity = item.Activity,
            Context = item.Context,
            Gold = item.Gold,
            Truncated = item.Truncated,
        };
        if (MetricNames.RuleOf(metric) is { } rule && item.ChoiceBy(rule) is { } predicted)
            message.Predicted = predicted;
        if (item.IsCorrect(metric) is { } correct)
            message.Correct = correct;
        if (item.Margin(metric) is { } margin)
            message.Margin = margin;
        message.Endings.AddRange(item.Endings.Select(Of));
        return message;
    }

    /// <summary>A task.</summary>
    public static TaskInfo Of(Evals.EvaluationTask task)
    {
        var message = new TaskInfo
        {
            Name = task.Name,
            Description = task.Description,
            Version = task.Version,
            PrimaryMetric = task.Metric,
            TakesShots = task.TakesExamples,
        };
        if (task.Chance is { } chance)
            message.Chance = chance;
        return message;
    }

    private static Ending Of(GradedEnding ending)
    {
        var message = new Ending { Text = ending.Text };
        if (ending is { LogProbability: { } sum, TokenCount: { } count })
            (message.LogProbability, message.LogProbabilityPerToken, message.TokenCount) = (sum, sum / count, count);
        if (ending.HarnessLogProbability is { } harness)
            message.HarnessLogProbability = harness;
        if (ending.PerCharacter() is { } perCharacter)
            message.HarnessLogProbabilityPerCharacter = perCharacter;
        if (ending.PerByte() is { } perByte)
            message.HarnessLogProbabilityPerByte = perByte;
        if (ending.HarnessTokenCount is { } tokens)
            message.HarnessTokenCount = tokens;
        if (ending.Greedy is { } greedy)
            message.Greedy = greedy;
        return message;
    }
}
