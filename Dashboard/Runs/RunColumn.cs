using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Runs;

/// <summary>A column of the table of runs.</summary>
/// <param name="Key">Its key in the URL.</param>
/// <param name="Title">Its head.</param>
/// <param name="SortKey">What the service orders by; empty: cannot be ordered by.</param>
/// <param name="Text">What stands in it; null where the table draws it itself.</param>
public sealed record RunColumn(string Key, string Title, string SortKey, Func<Run, string>? Text)
{
    /// <summary>Whether there are numbers in it.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Whether a phone has room for it.</summary>
    public bool OnPhone { get; init; }

    /// <summary>Whether it is shown where nothing else was chosen.</summary>
    public bool IsDefault { get; init; }

    /// <summary>All columns but the run's name, in their order.</summary>
    public static IReadOnlyList<RunColumn> All { get; } =
    [
        new("state", "State", "state", null) { OnPhone = true, IsDefault = true },
        new("progress", "Progress", "step", null) { OnPhone = true, IsDefault = true },
        new("spark", "Loss so far", "", null) { IsDefault = true },
        Number("train", "Training", "train_loss", r => Format.Loss(r.HasTrainLoss ? r.TrainLoss : null)) with
        {
            IsDefault = true,
        },
        Number("val", "Validation", "validation_loss", r => Format.Loss(r.HasValidationLoss ? r.ValidationLoss : null))
            with { OnPhone = true, IsDefault = true },
        Number(
            "best",
            "Best",
            "best_validation_loss",
            r => Format.Loss(r.HasBestValidationLoss ? r.BestValidationLoss : null)),
        Number("speed", "Speed", "tokens_per_second", r => Format.Rate(r.HasTokensPerSecond ? r.TokensPerSecond : null))
            with { IsDefault = true },
        Number("tokens", "Tokens", "tokens", r => Format.Short(r.Tokens)),
        Number("params", "Parameters", "", r => Format.Short(r.ParameterCount)),
        Number("lr", "Learning rate", "", r => Format.Small(r.Spec?.Optimizer?.LearningRate ?? 0)),
        Number("batch", "Tokens a step", "", r => Format.Count(r.Spec?.Batch?.TokensPerStep ?? 0)),
        Number("seed", "Seed", "", r => $"{r.Spec?.Seed}"),
        new("base", "Base model", "", r => r.Spec?.BaseModel is { Length: > 0 } name ? name : Format.Nothing),
        new("device", "Device", "", r => r.Device.Length > 0 ? r.Device : Format.Nothing),
        new("dataset", "Data set", "dataset", null) { IsDefault = true },
        new("created", "Created", "create_time", null) { IsDefault = true },
        new("started", "Started", "start_time", null),
        new("ended", "Ended", "end_time", null),
        Number("took", "Took", "", r => Format.Duration(
            r.StartTime is null || r.EndTime is null ? null : (r.EndTime - r.StartTime).ToTimeSpan().TotalSeconds)),
    ];

    /// <summary>The class of its cells.</summary>
    public string Class => $"{(IsNumber ? "num" : "")} {(OnPhone ? "" : "hide-phone")}".Trim();

    /// <summary>The columns that a URL asks for; the usual ones where it asks for none.</summary>
    /// <param name="keys">Keys with commas between them.</param>
    public static IReadOnlyList<RunColumn> Chosen(string? keys) => keys is null
        ? [.. All.Where(c => c.IsDefault)]
        : [.. All.Where(c => keys.Split(',').Contains(c.Key))];

    /// <summary>What a URL says after one column was shown or hidden; null for the usual ones.</summary>
    /// <param name="keys">What it said before.</param>
    /// <param name="column">The column.</param>
    public static string? Toggle(string? keys, RunColumn column)
    {
        var chosen = Chosen(keys).ToHashSet();
        if (!chosen.Remove(column))
            chosen.Add(column);
        return chosen.SetEquals(All.Where(c => c.IsDefault))
            ? null
            : string.Join(',', All.Where(chosen.Contains).Select(c => c.Key));
    }

    private static RunColumn Number(string key, string title, string sortKey, Func<Run, string> text) =>
        new(key, title, sortKey, text) { IsNumber = true };
}
