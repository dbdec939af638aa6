using Platform.Contracts.Trainer.V1;
using Platform.Specs;

namespace Platform.Dashboard.Sweeps;

/// <summary>One axis as it stands in the form of a new sweep.</summary>
public sealed class SweepAxisRow
{
    /// <summary>The setting's path.</summary>
    public string Setting { get; set; } = "";

    /// <summary>Its values with commas between them, or a range.</summary>
    public string Values { get; set; } = "";

    /// <summary>What is wrong with it; null where nothing is known.</summary>
    public string? Problem { get; set; }

    /// <summary>Whether nothing was typed.</summary>
    public bool IsEmpty => Setting.Trim().Length == 0 && Values.Trim().Length == 0;

    /// <summary>The row of an axis.</summary>
    /// <param name="axis">The axis.</param>
    public static SweepAxisRow Of(Axis axis) => new()
    {
        Setting = axis.Setting,
        Values = axis.Range is { } range
            ? new RangeText(range.Min, range.Max, range.Log).ToString()
            : string.Join(", ", axis.Values.Select(value => value.ToString().Trim('"'))),
    };

    /// <summary>The axis that it asks for.</summary>
    public Axis ToAxis()
    {
        var axis = new Axis { Setting = Setting.Trim() };
        if (RangeText.TryParse(Values.Trim(), out var range))
            axis.Range = new AxisRange { Min = range.Min, Max = range.Max, Log = range.Log };
        else
            axis.Values.AddRange(Words.Select(ScalarText.ToValue));
        return axis;
    }

    private string[] Words =>
        Values.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
