using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Workspaces;

/// <summary>A path with <c>*</c> and <c>?</c> within a name and <c>**</c> over folders.</summary>
public sealed class PathPattern
{
    private readonly Regex _regex;

    /// <summary>Takes a pattern with forward slashes.</summary>
    public PathPattern(string pattern)
    {
        var parts = pattern.Split('/');
        FixedFolder = string.Join('/', parts.Take(parts.Length - 1).TakeWhile(part => !IsPattern(part)));
        var regex = new StringBuilder("^");
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == "**")
            {
                regex.Append(i == parts.Length - 1 ? ".*" : "(.*/)?");
                continue;
            }

            regex.Append(Regex.Escape(parts[i]).Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]"));
            if (i < parts.Length - 1)
                regex.Append('/');
        }

        _regex = new Regex(regex.Append('$').ToString(), RegexOptions.CultureInvariant);
    }

    /// <summary>The folders before the first one with a wildcard.</summary>
    public string FixedFolder { get; }

    /// <summary>Whether a path has wildcards.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>Whether a path with forward slashes fits.</summary>
    public bool IsMatch(string path) => _regex.IsMatch(path);
}
