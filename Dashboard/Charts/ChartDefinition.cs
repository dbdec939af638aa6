namespace Platform.Dashboard.Charts;

/// <summary>One chart of a board.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Title">Its title.</param>
/// <param name="Format">How its values are written: loss, small, rate, bytes, share or seconds.</param>
/// <param name="Series">The series that it shows, in the order of their colours, with their labels.</param>
public sealed record ChartDefinition(
    string Key, string Title, string Format, IReadOnlyList<KeyValuePair<string, string>> Series)
{
    private const string HellaSwag = "hellaswag_accuracy";

    /// <summary>Reference values that are drawn across it.</summary>
    public IReadOnlyList<ReferenceLine> Lines { get; init; } = [];

    /// <summary>The charts of a run, in their order.</summary>
    public static IReadOnlyList<ChartDefinition> OfRun { get; } =
    [
        new("loss", "Loss", "loss", [new("train_loss", "training"), new("validation_loss", "validation")]),
        Single(HellaSwag, "HellaSwag", "share"),
        Single("learning_rate", "Learning rate", "small"),
        Single("gradient_norm", "Gradient norm", "small"),
        Single("tokens_per_second", "Speed", "rate"),
        Single("mfu", "Model FLOPs utilisation", "share"),
        Single("memory_bytes", "Memory", "bytes"),
        Single("bits_per_byte", "Bits a byte", "small"),
        Single("checkpoint_pause_seconds", "Pause for checkpoints", "seconds"),
        Single("skipped_updates", "Skipped updates", "small"),
    ];

    /// <summary>The charts of a comparison: one a series, the losses apart.</summary>
    public static IReadOnlyList<ChartDefinition> OfComparison { get; } =
    [
        Single("validation_loss", "Validation loss", "loss"),
        Single("train_loss", "Training loss", "loss"),
        .. OfRun.Skip(1),
    ];

    /// <summary>Charts with GPT-2's and GPT-3's HellaSwag by a size across theirs.</summary>
    /// <param name="charts">The charts.</param>
    /// <param name="parameters">The size of the model that is drawn, or of the largest.</param>
    public static IReadOnlyList<ChartDefinition> OfSize(IReadOnlyList<ChartDefinition> charts, long parameters) =>
        [.. charts.Select(c => c.Key == HellaSwag ? c with { Lines = HellaSwagReferences.Near(parameters) } : c)];

    /// <summary>The chart that a series is drawn in; a series nobody named gets one of its own.</summary>
    /// <param name="charts">The charts.</param>
    /// <param name="series">The series' key.</param>
    public static ChartDefinition For(IReadOnlyList<ChartDefinition> charts, string series) =>
        charts.FirstOrDefault(c => c.Series.Any(s => s.Key == series)) ?? Single(
            series, char.ToUpperInvariant(series[0]) + series[1..].Replace('_', ' '), "small");

    private static ChartDefinition Single(string series, string title, string format) =>
        new(series, title, format, [new(series, title.ToLowerInvariant())]);
}
