using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>Draws each trial's objective, one colour a data set.</summary>
public sealed partial class TrialsChart(IJSRuntime runtime) : ScriptChart(runtime, "./trials.js", "createTrials")
{
    /// <summary>The sweep.</summary>
    [Parameter, EditorRequired]
    public Sweep Sweep { get; set; } = new();

    /// <summary>Its trials.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Trial> Trials { get; set; } = [];

    /// <summary>How many trials the sweep has.</summary>
    [Parameter, EditorRequired]
    public int Total { get; set; }

    /// <inheritdoc/>
    protected override object?[] Shown() => [Data()];

    private List<string> Order => [.. SweepWords.Datasets(Sweep)];

    private object Data() => new
    {
        dark = IsDark,
        objective = SweepWords.Objective(Sweep),
        total = Total,
        // In the order of the sweep, as everywhere on the page: a data set has one colour.
        groups = Trials.GroupBy(t => t.Dataset).OrderBy(g => Order.IndexOf(g.Key)).Select(group => new
        {
            name = Format.Id(group.Key),
            initial = group.Where(t => t.HasInitialValidationLoss).Select(t => (double?)t.InitialValidationLoss).FirstOrDefault(),
            points = group
                .Where(t => SweepWords.ObjectiveOf(Sweep, t) is { } v && double.IsFinite(v))
                .Select(t => new object[] { t.Number, SweepWords.ObjectiveOf(Sweep, t)!.Value, SweepWords.Line(t.Settings) }),
        }),
    };
}
