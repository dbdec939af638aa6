namespace Platform.Evals;

/// <summary>How an item is made of a record.</summary>
/// <param name="Contexts">One for all choices, or one for each of them.</param>
/// <param name="Choices">The choices; a single template may name a list. Empty: there is nothing to choose.</param>
/// <param name="Ending">What is scored where it is not the choices themselves; else null.</param>
/// <param name="Gold">The right choice: its number from 0, or its label.</param>
/// <param name="Labels">The choices' labels; empty: they are numbers.</param>
/// <param name="Activity">The item's group; null: none.</param>
internal sealed record TaskForm(
    IReadOnlyList<FieldTemplate> Contexts,
    IReadOnlyList<FieldTemplate> Choices,
    FieldTemplate? Ending,
    FieldTemplate? Gold,
    IReadOnlyList<FieldTemplate> Labels,
    FieldTemplate? Activity)
{
    /// <summary>All templates.</summary>
    public IEnumerable<FieldTemplate> Templates =>
        [.. Contexts, .. Choices, .. Labels, .. ((FieldTemplate?[])[Ending, Gold, Activity]).OfType<FieldTemplate>()];
}
