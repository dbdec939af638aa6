using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>What all figures of a sweep are made of.</summary>
internal sealed class FigureData
{
    public FigureData(Sweep sweep)
    {
        Sweep = sweep;
        Results = SweepResults.Of(sweep.Spec, sweep.Trials);
        Importance = AxisEffects.Of(sweep.Spec, Results);
        Axes =
        [
            .. sweep.Spec.Axes.Select(axis => new AxisScale(axis.Setting,
            [
                .. Results.Select(result => result.Settings.Fields[axis.Setting]).Distinct()
                    .OrderBy(v => v.KindCase == Value.KindOneofCase.NumberValue
                        ? v.NumberValue
                        : axis.Values.IndexOf(v)),
            ])),
        ];
    }

    public Sweep Sweep { get; }

    public IReadOnlyList<ConfigurationResult> Results { get; }

    public IReadOnlyList<AxisImportance> Importance { get; }

    public IReadOnlyList<AxisScale> Axes { get; }

    public IReadOnlyList<string> Datasets => Sweep.Spec.Datasets;

    public IEnumerable<string> AxisNames => Axes.Select(axis => Short(axis.Setting));

    public string ObjectiveName => Sweep.Spec.Objective switch
    {
        Objective.FinalLoss => "Final loss",
        Objective.BestValidationLoss => "Lowest validation loss",
        _ => "Validation loss",
    };

    /// <summary>A configuration's values, one below the other's order.</summary>
    public string Label(int configuration)
    {
        var settings = Results.First(result => result.Configuration == configuration).Settings;
        return string.Join(" · ", Axes.Select(axis => SweepTable.Text(settings.Fields[axis.Setting])));
    }

    public static string Short(string setting) => setting[(setting.LastIndexOf('.') + 1)..];

    public static string Id(string dataset) => dataset[(dataset.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
