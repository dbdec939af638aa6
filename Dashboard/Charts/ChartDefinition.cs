namespace Platform.Dashboard.Charts;

/// <summary>One chart of a board.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Title">Its title.</param>
/// <param name="Format">How its values are written: loss, small, rate, bytes or seconds.</param>
/// <param name="Series">The series that it shows, in the order of their colours, with their labels.</param>
public sealed record ChartDefinition(
    string Key, string Title, string Format, IReadOnlyList<KeyValuePair<string, string>> Series)
{
    /// <summary>The charts of a run.</summary>
    public static IReadOnlyList<ChartDefinition> OfRun { get; } =
    [
        new("loss", "Loss", "loss", [new("train_loss", "training"), new("validation_loss", "validation")]),
        new("learning_rate", "Learning rate", "small", [new("learning_rate", "learning rate")]),
        new("gradient_norm", "Gradient norm", "small", [new("gradient_norm", "gradient norm")]),
        new("tokens_per_second", "Speed", "rate", [new("tokens_per_second", "tokens a second")]),
        new("memory_bytes", "Memory", "bytes", [new("memory_bytes", "memory")]),
    ];
}
