namespace Platform.Testing;

/// <summary>What a <see cref="ScriptedServer"/> was asked.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">By lower-case name.</param>
public sealed record ScriptedRequest(int Number, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte that a Range header asks for; 0 where there is none.</summary>
    public int From => Headers.TryGetValue("range", out var range)
        ? int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture)
        : 0;

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
