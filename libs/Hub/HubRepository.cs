using System.Text.RegularExpressions;

namespace Platform.Hub;

/// <summary>A repository of the hub at one revision.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Id"><c>name</c> or <c>owner/name</c>.</param>
/// <param name="Revision">Branch, tag or commit.</param>
public sealed partial record HubRepository(HubKind Kind, string Id, string Revision = HubRepository.DefaultRevision)
{
    /// <summary>What a reference to the hub begins with.</summary>
    public const string Prefix = "hf:";

    /// <summary>The branch that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    private const string DatasetsPrefix = Prefix + "datasets/";

    /// <summary>
    /// Reads a model's reference: <c>hf:gpt2</c>, <c>hf:owner/name</c>, <c>hf:owner/name@revision</c>.
    /// </summary>
    /// <returns>Null where <paramref name="text"/> is no such reference.</returns>
    public static HubRepository? TryParseModel(string text)
    {
        if (text.StartsWith(DatasetsPrefix, StringComparison.Ordinal))
            return null;
        var match = Model().Match(text);
        return match.Success ? Of(HubKind.Models, match) : null;
    }

    /// <summary>Reads a reference to files of a data set: <c>hf:datasets/owner/name/path</c>, with an optional
    /// <c>@revision</c> behind the name; the path may be a pattern with <c>*</c>, <c>**</c> and <c>?</c>.</summary>
    /// <returns>Null where <paramref name="text"/> is no such reference.</returns>
    public static (HubRepository Repository, string Pattern)? TryParseDatasetFiles(string text)
    {
        var match = DatasetFiles().Match(text);
        return match.Success && IsSafePath(match.Groups["path"].Value)
            ? (Of(HubKind.Datasets, match), match.Groups["path"].Value)
            : null;
    }

    /// <summary>Whether a path stays below its repository.</summary>
    internal static bool IsSafePath(string path) =>
        path.Length > 0 && !path.Contains('\\') && !path.Contains('\0')
        && path.Split('/').All(part => part.Length > 0 && part != "." && part != "..");

    /// <summary>The address below the hub's endpoint.</summary>
    internal string BasePath => Kind == HubKind.Datasets ? $"datasets/{Id}" : Id;

    /// <summary>The folder below the cache.</summary>
    internal string CacheFolder =>
        Path.Combine(Kind == HubKind.Datasets ? "datasets" : "models", Revision == DefaultRevision
            ? Id
            : $"{Id}@{Revision.Replace('/', '~')}");

    /// <summary>As in a reference.</summary>
    public override string ToString() =>
        $"{Prefix}{BasePath}{(Revision == DefaultRevision ? string.Empty : "@" + Revision)}";

    private static HubRepository Of(HubKind kind, Match match) => new(
        kind,
        match.Groups["id"].Value,
        match.Groups["revision"] is { Success: true } revision ? revision.Value : DefaultRevision);

    [GeneratedRegex(@"^hf:(?<id>[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?)(@(?<revision>[A-Za-z0-9][\w./-]*))?$")]
    private static partial Regex Model();

    [GeneratedRegex(
        @"^hf:datasets/(?<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?<revision>[A-Za-z0-9][\w.-]*))?/(?<path>.+)$")]
    private static partial Regex DatasetFiles();
}
