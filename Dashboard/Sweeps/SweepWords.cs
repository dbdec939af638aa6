using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>Figures and words about sweeps that several pages use.</summary>
public static class SweepWords
{
    private const string Rank = "lora.rank";
    private const string Alpha = "lora.alpha";
    private const char NoBreakHyphen = '\u2011';

    /// <summary>The data sets that trials run on.</summary>
    /// <param name="sweep">The sweep.</param>
    public static IReadOnlyList<string> Datasets(Sweep sweep) =>
        sweep.Spec is null ? []
        : sweep.Spec.Datasets.Count > 0 ? sweep.Spec.Datasets
        : [sweep.Spec.Base?.Dataset ?? ""];

    /// <summary>The best over all data sets, or over the only one; null while there is none.</summary>
    /// <param name="sweep">The sweep.</param>
    public static BestTrial? Best(Sweep sweep) =>
        sweep.Best.FirstOrDefault(b => b.Dataset.Length == 0) ?? sweep.Best.FirstOrDefault();

    /// <summary>What a sweep judges trials by, in words.</summary>
    /// <param name="sweep">The sweep.</param>
    public static string Objective(Sweep sweep) => sweep.Spec?.Objective switch
    {
        Contracts.Trainer.V1.Objective.FinalLoss => "Final training loss",
        Contracts.Trainer.V1.Objective.BestValidationLoss => "Lowest validation loss",
        _ => "Validation loss",
    };

    /// <summary>What a verdict rests on where that is not all of the sweep's trials; null: it is all of them.</summary>
    /// <param name="ended">Trials that have ended.</param>
    /// <param name="total">Trials that there are to be.</param>
    /// <param name="goesOn">Whether the sweep goes on.</param>
    public static string? Basis(int ended, int total, bool goesOn) =>
        goesOn ? $"Preliminary: {Of(ended, total)} have ended, and the others may change it."
        : ended < total ? $"It rests on {Of(ended, total)}: the sweep ended before the others did."
        : null;

    /// <summary>A trial's figure that counts; null while it was not measured.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="trial">The trial.</param>
    public static double? ObjectiveOf(Sweep sweep, Trial trial) => sweep.Spec?.Objective switch
    {
        Contracts.Trainer.V1.Objective.FinalLoss => trial.HasFinalLoss ? trial.FinalLoss : null,
        Contracts.Trainer.V1.Objective.BestValidationLoss =>
            trial.HasBestValidationLoss ? trial.BestValidationLoss : null,
        _ => trial.HasValidationLoss ? trial.ValidationLoss : null,
    };

    /// <summary>
    /// The loss beside the objective: on the held-out split where trials are judged by training, else of training.
    /// </summary>
    /// <param name="sweep">The sweep.</param>
    public static string OtherLoss(Sweep sweep) => JudgesTraining(sweep) ? "Validation loss" : "Final training loss";

    /// <summary>A trial's <see cref="OtherLoss"/>; null while it was not measured.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="trial">The trial.</param>
    public static double? OtherLossOf(Sweep sweep, Trial trial) => JudgesTraining(sweep)
        ? trial.HasValidationLoss ? trial.ValidationLoss : null
        : trial.HasFinalLoss ? trial.FinalLoss : null;

    /// <summary>Whether rank or alpha differs, so that the scale alpha/rank does.</summary>
    /// <param name="sweep">The sweep.</param>
    public static bool HasScale(Sweep sweep) =>
        sweep.Spec is { Base.Lora: not null } spec && spec.Axes.Any(a => a.Setting is Rank or Alpha);

    /// <summary>What a trial's adapter is scaled by before the square root of rsLoRA: alpha/rank.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="trial">The trial.</param>
    public static double Scale(Sweep sweep, Trial trial)
    {
        var lora = sweep.Spec.Base.Lora;
        return Given(Alpha, lora.Alpha) / Given(Rank, lora.Rank);

        double Given(string path, double otherwise) =>
            trial.Settings.Fields.TryGetValue(path, out var value) ? value.NumberValue : otherwise;
    }

    /// <summary>A mean, with its standard deviation where there are repeats.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="deviation">The standard deviation.</param>
    public static string Mean(double mean, double? deviation) =>
        deviation is { } sd ? $"{Format.Loss(mean)} ± {Format.Loss(sd)}" : Format.Loss(mean);

    /// <summary>A probability in three decimals; one that they cannot tell from nought as such.</summary>
    /// <param name="value">The probability.</param>
    public static string Probability(double value) =>
        value < 0.001 ? "< 0.001" : value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A setting's value as text.</summary>
    /// <param name="settings">The settings by path.</param>
    /// <param name="path">The setting's path.</param>
    public static string Setting(Struct? settings, string path) =>
        settings is not null && settings.Fields.TryGetValue(path, out var value) ? Text(value) : Format.Nothing;

    /// <summary>All settings in one line, which does not break inside a number such as 3e-4.</summary>
    /// <param name="settings">The settings by path.</param>
    public static string Line(Struct? settings) =>
        string.Join(
            ", ",
            (settings?.Fields ?? []).Select(f => $"{Short(f.Key)} {Text(f.Value).Replace('-', NoBreakHyphen)}"));

    /// <summary>The last part of a setting's path.</summary>
    /// <param name="path">The path.</param>
    public static string Short(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static string Of(int part, int whole) => $"{Format.Count(part)} of {Format.Count(whole)} trials";

    private static bool JudgesTraining(Sweep sweep) =>
        sweep.Spec?.Objective is Contracts.Trainer.V1.Objective.FinalLoss;

    private static string Text(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.NumberValue => Format.Small(value.NumberValue),
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.ListValue => string.Join("+", value.ListValue.Values.Select(Text)),
        _ => Format.Nothing,
    };
}
