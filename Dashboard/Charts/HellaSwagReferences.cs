namespace Platform.Dashboard.Charts;

/// <summary>
/// HellaSwag accuracies to measure oneself by, by the log-probability a token (<c>acc_norm</c>): OpenAI's GPT-2 weights
/// as build-nanogpt scores them, GPT-3 from its paper's table.
/// </summary>
public static class HellaSwagReferences
{
    /// <summary>Both families by size.</summary>
    public static IReadOnlyList<ReferenceLine> All { get; } =
    [
        new("GPT-2 124M", 0.294463, 124e6),
        new("GPT-3 124M", 0.337, 124e6),
        new("GPT-2 350M", 0.375224, 350e6),
        new("GPT-2 774M", 0.431986, 774e6),
        new("GPT-3 350M", 0.436, 350e6),
        new("GPT-2 1558M", 0.488946, 1558e6),
        new("GPT-3 760M", 0.510, 760e6),
        new("GPT-3 1.3B", 0.547, 1.3e9),
    ];

    /// <summary>
    /// Of either family the one that is nearest in size, so that a chart has two lines and not eight.
    /// </summary>
    /// <param name="parameters">The model's size; 0 while it is not known: the smallest.</param>
    public static IReadOnlyList<ReferenceLine> Near(long parameters) =>
    [
        .. All.GroupBy(line => line.Label.Split(' ')[0])
            .Select(family => family.MinBy(line => Math.Abs(Math.Log(line.Parameters / Math.Max(1, parameters)))))
            .OfType<ReferenceLine>(),
    ];

    /// <summary>The lines that belong to a task's figure; none for all but HellaSwag's <c>acc_norm</c>.</summary>
    /// <param name="task">The task.</param>
    /// <param name="metric">The figure.</param>
    public static IReadOnlyList<ReferenceLine> Of(string? task, string metric) =>
        task is "hellaswag" or "" && metric == "acc_norm" ? All : [];
}
