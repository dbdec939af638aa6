namespace Platform.Workspaces;

/// <summary>Where everything lies on disk (docs/decisions/0001). Makes paths; touches nothing until asked to.</summary>
public sealed class DataRoot
{
    /// <summary>Takes the root's folder.</summary>
    /// <param name="path">Absolute, or relative to the working folder.</param>
    /// <param name="stateDir">For indexes and other local state; null: <c>state</c> below the root.</param>
    public DataRoot(string path, string? stateDir = null)
    {
        Path = System.IO.Path.GetFullPath(path);
        StateDir = stateDir is { Length: > 0 } ? System.IO.Path.GetFullPath(stateDir) : Below("state");
    }

    /// <summary>Absolute path of the root.</summary>
    public string Path { get; }

    /// <summary>Absolute path of the folder for indexes, always on a local disk.</summary>
    public string StateDir { get; }

    /// <summary>Folder of all tokenizers.</summary>
    public string Tokenizers => Below("tokenizers");

    /// <summary>Folder of all data sets.</summary>
    public string Datasets => Below("datasets");

    /// <summary>Folder of all uploads.</summary>
    public string Uploads => Below("uploads");

    /// <summary>Folder of all runs.</summary>
    public string Runs => Below("runs");

    /// <summary>Folder of all sweeps.</summary>
    public string Sweeps => Below("sweeps");

    /// <summary>Folder of all evaluations.</summary>
    public string Evaluations => Below("evals");

    /// <summary>Folder of what came from the hub.</summary>
    public string Hub => Below("hub");

    /// <summary>The folder of a resource, whether it exists or not.</summary>
    public string FolderOf(ResourceName name) => System.IO.Path.Combine(FolderOf(name.Collection), name.Id);

    /// <summary>The folder of a collection.</summary>
    /// <exception cref="ArgumentException">There is no such collection.</exception>
    public string FolderOf(string collection) => collection switch
    {
        "tokenizers" => Tokenizers,
        "datasets" => Datasets,
        "uploads" => Uploads,
        "runs" => Runs,
        "sweeps" => Sweeps,
        "evaluations" => Evaluations,
        _ => throw new ArgumentException($"No collection is called '{collection}'.", nameof(collection)),
    };

    /// <summary>The ids of a collection's resources, in order; folders that begin with a dot are none.</summary>
    public IEnumerable<string> Ids(string collection)
    {
        var folder = new DirectoryInfo(FolderOf(collection));
        if (!folder.Exists)
            return [];
        return folder.EnumerateDirectories()
            .Select(entry => entry.Name)
            .Where(ResourceId.IsValid)
            .Order(StringComparer.Ordinal);
    }

    private string Below(string name) => System.IO.Path.Combine(Path, name);
}
