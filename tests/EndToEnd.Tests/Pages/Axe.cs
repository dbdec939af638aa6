using System.Text.Json;
using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>axe-core, which looks for what keeps people with a disability from using a page.</summary>
public static class Axe
{
    private const string Script = "artifacts/tools/node_modules/axe-core/axe.min.js";

    /// <summary>The script's path; null where npm has not brought it.</summary>
    /// <param name="repository">The repository's root.</param>
    public static string? FindScript(string repository) =>
        Path.Combine(repository, Script) is { } path && File.Exists(path) ? path : null;

    /// <summary>The faults of a page that axe calls serious or critical, each with what to look at.</summary>
    /// <param name="page">The page.</param>
    /// <param name="script">As <see cref="FindScript"/> found it.</param>
    public static async Task<IReadOnlyList<string>> FindSeriousFaultsAsync(IPage page, string script)
    {
        // Colours on their way from one to another have a contrast that nobody reads by.
        await page.AddStyleTagAsync(
            new() { Content = "* { transition: none !important; animation: none !important; }" });
        await page.AddScriptTagAsync(new() { Path = script });
        var result = await page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations");
        return
        [
            .. result.EnumerateArray()
                .Where(v => v.GetProperty("impact").GetString() is "serious" or "critical")
                .Select(v => $"{v.GetProperty("id")}: {v.GetProperty("help")}: " + string.Join(
                    " | ", v.GetProperty("nodes").EnumerateArray().Take(3).Select(Describe))),
        ];
    }

    private static string Describe(JsonElement node) =>
        $"{node.GetProperty("html").GetString()} {node.GetProperty("failureSummary").GetString()}"
            .ReplaceLineEndings(" ");
}
