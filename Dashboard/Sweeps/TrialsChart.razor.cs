using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>Draws each trial's objective, one colour a data set.</summary>
public sealed partial class TrialsChart(IJSRuntime runtime) : SweepChart(runtime, "./trials.js", "createTrials")
{
    /// <summary>How many trials the sweep has.</summary>
    [Parameter, EditorRequired]
    public int Total { get; set; }

    /// <inheritdoc/>
    protected override object?[] Shown() => [Data()];

    private List<string> Order => [.. SweepWords.Datasets(Sweep)];

    private object Data() => new
    {
        dark = IsDark,
        objective = Objective,
        total = Total,
        // In the order of the sweep, as everywhere on the page: a data set has one colour.
        groups = Trials.GroupBy(t => t.Dataset).OrderBy(g => Order.IndexOf(g.Key)).Select(group => new
        {
            name = Format.Id(group.Key),
            initial = group.Where(t => t.HasInitialValidationLoss)
                .Select(t => (double?)t.InitialValidationLoss)
                .FirstOrDefault(),
            points = group
                .Where(t => ObjectiveOf(t) is not null)
                .Select(t => new object[] { t.Number, ObjectiveOf(t)!.Value, SweepWords.Line(t.Settings) }),
        }),
    };
}
