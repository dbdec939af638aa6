namespace Platform.Workspaces;

/// <summary>
/// A reference in the form <c>{collection}/{id}</c>, for runs with an optional <c>@{version}</c>: <c>runs/x@500</c>,
/// <c>runs/x@best</c>.
/// </summary>
/// <param name="Collection">One of <see cref="Collections"/>.</param>
/// <param name="Id">The resource's id, valid by <see cref="ResourceId"/>.</param>
/// <param name="Version">What follows the <c>@</c>: a step or <c>best</c>; null where there is none.</param>
public sealed record ResourceName(string Collection, string Id, string? Version = null)
{
    /// <summary>The collections that there are.</summary>
    public static readonly IReadOnlyList<string> Collections =
        ["tokenizers", "datasets", "uploads", "runs", "sweeps", "evaluations"];

    /// <summary>Reads a reference of one collection, such as <c>runs</c>.</summary>
    /// <returns>The reference, or null where <paramref name="text"/> is none of that collection.</returns>
    public static ResourceName? TryParse(string text, string collection)
    {
        if (!text.StartsWith(collection + "/", StringComparison.Ordinal))
            return null;
        var id = text[(collection.Length + 1)..];
        string? version = null;
        if (collection == "runs" && id.IndexOf('@', StringComparison.Ordinal) is var at and >= 0)
        {
            version = id[(at + 1)..];
            id = id[..at];
            if (version != "best" && !(long.TryParse(version, out var step) && step >= 0))
                return null;
        }

        return ResourceId.IsValid(id) ? new ResourceName(collection, id, version) : null;
    }

    /// <summary>The reference as text.</summary>
    public override string ToString() => Version is null ? $"{Collection}/{Id}" : $"{Collection}/{Id}@{Version}";
}
