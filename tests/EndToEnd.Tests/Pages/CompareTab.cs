using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The comparison of runs.</summary>
/// <param name="tab">Its tab.</param>
public sealed class CompareTab(DashboardTab tab)
{
    /// <summary>The runs that are compared.</summary>
    public ILocator Runs => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Runs" }).GetByRole(AriaRole.Listitem);

    /// <summary>The drawing of a chart; its name tells each run's last value.</summary>
    /// <param name="title">The chart's title.</param>
    public ILocator Drawing(string title) =>
        tab.Page.GetByRole(AriaRole.Region, new() { Name = title, Exact = true }).GetByRole(AriaRole.Img);

    /// <summary>The settings that are shown.</summary>
    public ILocator Settings => Rows("Configuration");

    /// <summary>The figures.</summary>
    public ILocator Figures => Rows("Figures");

    /// <summary>The samples.</summary>
    public ILocator Samples => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Samples" });

    /// <summary>Shows settings that do not differ too, or no longer.</summary>
    public Task ToggleEqualAsync() => tab.Page.GetByText("equal ones too").ClickAsync();

    /// <summary>Holds the others against a run.</summary>
    /// <param name="title">What it is called.</param>
    public Task TakeAsBaselineAsync(string title) =>
        Runs.Filter(new() { HasText = title }).GetByText("as baseline").ClickAsync();

    private ILocator Rows(string table) =>
        tab.Page.GetByRole(AriaRole.Table, new() { Name = table, Exact = true }).Locator("tbody tr");
}
