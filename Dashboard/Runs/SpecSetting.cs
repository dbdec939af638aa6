namespace Platform.Dashboard.Runs;

/// <summary>One setting of the form: its path in RunSpec and how it is shown.</summary>
/// <param name="Path">Its path in RunSpec.</param>
/// <param name="Label">Its name.</param>
/// <param name="Help">What it means, with its range.</param>
/// <param name="Default">What an empty field means.</param>
public sealed record SpecSetting(string Path, string Label, string Help, string Default)
{
    /// <summary>The values to choose from; null for a free one. The first is the default.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Whether it is a text and not a number.</summary>
    public bool IsText { get; init; }
}
