using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>One sweep.</summary>
/// <param name="tab">Its tab.</param>
public sealed class SweepTab(DashboardTab tab)
{
    // As explorer.js leaves beside it.
    private const int RightOfLastAxis = 80;

    /// <summary>The rows of the trials' table.</summary>
    public ILocator Trials => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Trials" }).Locator("tbody tr");

    /// <summary>The rows of the best configuration, one for each data set.</summary>
    public ILocator Best =>
        tab.Page.GetByRole(AriaRole.Table, new() { Name = "Best configuration" }).Locator("tbody tr");

    /// <summary>One of the explorer's views; its name tells how many trials are in it.</summary>
    /// <param name="title">What it is called.</param>
    public ILocator View(string title) => tab.Page.Locator($"[data-view][data-title='{title}']");

    /// <summary>Moves the pointer to a place in one of the explorer's views once that is drawn.</summary>
    /// <param name="title">What it is called.</param>
    /// <param name="across">How far from its left, as a part of its width.</param>
    /// <param name="down">How far from its top, as a part of its height.</param>
    /// <returns>The view's box.</returns>
    public async Task<LocatorBoundingBoxResult> PointAtAsync(string title, float across = 0.5f, float down = 0.5f)
    {
        await Assertions.Expect(View(title)).ToHaveAttributeAsync("aria-label", new Regex(@"\d+ of \d+ trials"));
        return await tab.PointAtAsync(View(title), across, down);
    }

    /// <summary>Brushes the lower part of the last of the upright axes.</summary>
    public async Task BrushLastAxisAsync()
    {
        var box = await PointAtAsync("Trials across their settings");
        var x = box.X + box.Width - RightOfLastAxis;
        await tab.Page.Mouse.MoveAsync(x, box.Y + (box.Height * 0.9f));
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync(x, box.Y + (box.Height * 0.5f), new() { Steps = 8 });
        await tab.Page.Mouse.UpAsync();
    }

    /// <summary>How many trials lie in what was brushed, as the chart of the upright axes has it.</summary>
    public Task<int> BrushedAsync() => tab.Page.EvaluateAsync<int>(
        """
        async () => {
          const { echarts } = await import("./echarts.js");
          return echarts.getInstanceByDom(document.querySelector("[data-view=parallel]")).getModel().getSeries()
            .reduce((count, series) => count + series.getRawIndicesByActiveState("active").length, 0);
        }
        """);

    /// <summary>The chart; its name tells how many trials are in it.</summary>
    public ILocator Chart => tab.Page.Locator("[role=img][aria-label*=' of '][aria-label$=trials]:not([data-view])");
}
