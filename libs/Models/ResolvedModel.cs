namespace Platform.Models;

/// <summary>Where a model's files are.</summary>
/// <param name="Name">The checkpoint: <c>runs/{run}@{step}</c> or <c>path:{folder}</c>.</param>
/// <param name="Folder">Absolute path of its files.</param>
/// <param name="Stamp">Changes when the files under that name become others.</param>
/// <param name="Base">The whole model under an adapter; null for a whole model.</param>
public sealed record ResolvedModel(string Name, string Folder, string Stamp, ResolvedModel? Base)
{
    /// <summary>Names these files and no others.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Key => $"{Name}|{Stamp}";
}
