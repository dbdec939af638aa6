namespace Platform.Datasets.Catalog;

/// <summary>A real data set that is known by name.</summary>
/// <param name="Name">As in <c>catalog:{name}</c>.</param>
/// <param name="Description">What it is.</param>
/// <param name="Sources">Where its files come from.</param>
public sealed record KnownDataset(string Name, string Description, params IReadOnlyList<CatalogSource> Sources)
{
    /// <summary>What references to the catalog begin with.</summary>
    public const string Prefix = "catalog:";

    /// <summary>What follows the name where the validation files are meant.</summary>
    public const string ValidationSuffix = "/validation";

    /// <summary>Its validation files; may be none.</summary>
    public IReadOnlyList<CatalogSource> ValidationSources { get; init; } = [];

    /// <summary>What is made of it.</summary>
    public DatasetKind Kind { get; init; } = DatasetKind.Documents;

    /// <summary>The field that holds the text.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>Takes the field's place where the text is made of several.</summary>
    public string Template { get; init; } = string.Empty;

    /// <summary>As its home says.</summary>
    public string License { get; init; } = "see its home";
}
