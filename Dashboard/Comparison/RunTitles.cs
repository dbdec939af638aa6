using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Comparison;

/// <summary>What runs are called where several stand together.</summary>
public static class RunTitles
{
    /// <summary>A run's title; its id is added where another is called the same, as a sweep's trials are.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="run">One of them.</param>
    public static string TitleOf(this IReadOnlyList<Run> runs, Run run) =>
        run.DisplayName.Length > 0 && runs.Any(r => r.Name != run.Name && r.DisplayName == run.DisplayName)
            ? $"{run.DisplayName} ({Format.Id(run.Name)})"
            : Format.Title(run.DisplayName, run.Name);
}
