using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>One run.</summary>
/// <param name="tab">Its tab.</param>
public sealed partial class RunTab(DashboardTab tab)
{
    /// <summary>A chart by its title.</summary>
    /// <param name="title">The title: Loss, Learning rate, Gradient norm, Speed, Memory.</param>
    public ILocator Chart(string title) => tab.Page.GetByRole(AriaRole.Region, new() { Name = title, Exact = true });

    /// <summary>The drawing of a chart; its name tells the last values.</summary>
    /// <param name="title">The chart's title.</param>
    public ILocator Drawing(string title) => Chart(title).GetByRole(AriaRole.Img);

    /// <summary>What stands in the tab that is open.</summary>
    public ILocator Details => tab.Page.GetByRole(AriaRole.Tabpanel);

    /// <summary>The state's word.</summary>
    public ILocator State => tab.Page.Locator(".head .state");

    /// <summary>Points that a chart is made of, as it says.</summary>
    /// <param name="title">The chart's title.</param>
    public async Task<long> PointsAsync(string title)
    {
        var words = await Chart(title).Locator(".board-caption").TextContentAsync() ?? "";
        return PointCount().Match(words) is { Success: true } match
            ? long.Parse(match.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            : 0;
    }

    /// <summary>Waits until a chart is made of more points than that.</summary>
    /// <param name="title">The chart's title.</param>
    /// <param name="points">Points.</param>
    /// <param name="seconds">How long to wait at most.</param>
    public Task ExpectMorePointsAsync(string title, long points, int seconds = 20) => tab.Page.WaitForFunctionAsync(
        """
        ([title, points]) => {
          const chart = document.querySelector(`section[aria-label="${title}"] .board-caption`);
          return parseInt((chart?.textContent ?? "0").replaceAll(",", "")) > points;
        }
        """,
        new object[] { title, points },
        new() { Timeout = seconds * 1000 });

    /// <summary>What a chart shows, as it saves it: rows of series, step, x, last, min, max, smoothed.</summary>
    /// <param name="title">The chart's title.</param>
    public async Task<IReadOnlyList<string[]>> ShownAsync(string title)
    {
        await Chart(title).GetByRole(AriaRole.Button, new() { Name = $"Save {title}" }).ClickAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(
            () => tab.Page.GetByText("CSV of what is shown").ClickAsync());
        using var reader = new StreamReader(await download.CreateReadStreamAsync());
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Skip(1).Select(line => line.Replace("\"", "", StringComparison.Ordinal).Split(','))];
    }

    /// <summary>Opens one of samples, log, checkpoints, configuration, events.</summary>
    /// <param name="name">Its name.</param>
    public Task OpenAsync(string name) => tab.Page.GetByRole(AriaRole.Tab, new() { Name = name }).ClickAsync();

    /// <summary>Presses one of the run's buttons: Cancel, Resume, Duplicate, Rename, tag, Delete.</summary>
    /// <param name="name">The button's words.</param>
    public Task PressAsync(string name) =>
        tab.Page.Locator(".head").GetByText(name, new() { Exact = true }).ClickAsync();

    /// <summary>Chooses what x is: by step, by tokens, by time.</summary>
    /// <param name="name">The words on the button.</param>
    public Task ChooseAxisAsync(string name) =>
        tab.Page.GetByRole(AriaRole.Button, new() { Name = name }).ClickAsync();

    [GeneratedRegex(@"^([\d,]+) point")]
    private static partial Regex PointCount();
}
