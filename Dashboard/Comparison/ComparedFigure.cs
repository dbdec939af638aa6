using System.Globalization;
using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Comparison;

/// <summary>One figure of several runs, against one of them.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Format">How a value is written.</param>
/// <param name="Values">Each run's value; null where it was not measured.</param>
public sealed record ComparedFigure(string Name, Func<double, string> Format, IReadOnlyList<double?> Values)
{
    /// <summary>How a series' values are taken together: the last, the lowest or the highest.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["last", "lowest", "highest"];

    /// <summary>A run's value as text.</summary>
    /// <param name="run">The run's place.</param>
    public string Text(int run) => Values[run] is { } value ? Format(value) : Components.Format.Nothing;

    /// <summary>How far a run lies from another: the difference and its share; empty where that says nothing.</summary>
    /// <param name="run">The run's place.</param>
    /// <param name="baseline">The other's place.</param>
    public string Difference(int run, int baseline)
    {
        if (run == baseline || Values[run] is not { } value || Values[baseline] is not { } other
            || !double.IsFinite(value) || !double.IsFinite(other))
            return "";
        var difference = value - other;
        if (difference == 0)
            return "";
        var sign = difference < 0 ? "−" : "+";
        var share = other == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ({sign}{Math.Abs(difference / other) * 100:0.0} %)");
        return $"{sign}{Format(Math.Abs(difference))}{share}";
    }

    /// <summary>The figures that the runs themselves have.</summary>
    /// <param name="runs">The runs.</param>
    public static IEnumerable<ComparedFigure> OfRuns(IReadOnlyList<Run> runs) =>
    [
        Of(
            runs,
            "Best validation loss",
            v => Components.Format.Loss(v),
            r => r.HasBestValidationLoss ? r.BestValidationLoss : null),
        Of(
            runs,
            "Validation loss at the start",
            v => Components.Format.Loss(v),
            r => r.HasInitialValidationLoss ? r.InitialValidationLoss : null),
        Of(runs, "Steps", Components.Format.Short, r => r.Step),
        Of(runs, "Tokens", Components.Format.Short, r => r.Tokens),
        Of(runs, "Parameters", Components.Format.Short, r => r.ParameterCount),
        Of(runs, "Parameters that train", Components.Format.Short, r => r.TrainableParameterCount),
        Of(runs, "Took", v => Components.Format.Duration(v), Seconds),
    ];

    private static double? Seconds(Run run) =>
        run.StartTime is null || run.EndTime is null ? null : (run.EndTime - run.StartTime).ToTimeSpan().TotalSeconds;

    private static ComparedFigure Of(
        IReadOnlyList<Run> runs, string name, Func<double, string> format, Func<Run, double?> value) =>
        new(name, format, [.. runs.Select(value)]);
}
