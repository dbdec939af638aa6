using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>One of the settings that a sweep's trials differ in, as an axis of a chart.</summary>
/// <param name="Key">The setting's path.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Labels">Its values in their order where they are few or no numbers; else empty.</param>
/// <param name="Log">Whether its numbers spread over more than a factor of fifty.</param>
public sealed record TrialAxis(string Key, string Name, IReadOnlyList<string> Labels, bool Log)
{
    private const int MostLabels = 12;
    private const double WideFactor = 50;

    /// <summary>The axis of the data sets.</summary>
    public const string DatasetKey = "dataset";

    /// <summary>The axis of a setting over some trials.</summary>
    /// <param name="setting">The setting's path.</param>
    /// <param name="trials">The trials.</param>
    public static TrialAxis Of(string setting, IReadOnlyList<Trial> trials)
    {
        var values = trials.Select(t => ValueOf(setting, t)).OfType<Value>().Distinct().ToList();
        var name = SweepWords.Short(setting);
        if (!values.TrueForAll(v => v.KindCase is Value.KindOneofCase.NumberValue))
        {
            var labels = trials.Select(t => SweepWords.Setting(t.Settings, setting)).Distinct();
            return new(setting, name, [.. labels], false);
        }

        var numbers = values.Select(v => v.NumberValue).Order().ToList();
        return numbers.Count <= MostLabels
            ? new(setting, name, [.. numbers.Select(n => Format.Small(n))], false)
            : new(setting, name, [], numbers[0] > 0 && numbers[^1] >= WideFactor * numbers[0]);
    }

    /// <summary>Where a trial stands on it: the place of its label, or its number; null where it has none.</summary>
    /// <param name="trial">The trial.</param>
    public double? PlaceOf(Trial trial)
    {
        if (Labels.Count == 0)
            return ValueOf(Key, trial)?.NumberValue;
        var label = Key == DatasetKey ? Format.Id(trial.Dataset) : SweepWords.Setting(trial.Settings, Key);
        var place = Labels.ToList().IndexOf(label);
        return place < 0 ? null : place;
    }

    private static Value? ValueOf(string setting, Trial trial) =>
        trial.Settings is not null && trial.Settings.Fields.TryGetValue(setting, out var value) ? value : null;
}
