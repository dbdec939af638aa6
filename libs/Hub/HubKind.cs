namespace Platform.Hub;

/// <summary>What a repository of the hub holds; it decides where its files are found.</summary>
public enum HubKind
{
    /// <summary>Models: <c>{endpoint}/{repository}</c>.</summary>
    Models,

    /// <summary>Data sets: <c>{endpoint}/datasets/{repository}</c>.</summary>
    Datasets,
}
