using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>One sweep.</summary>
/// <param name="tab">Its tab.</param>
public sealed class SweepTab(DashboardTab tab)
{
    /// <summary>The rows of the trials' table.</summary>
    public ILocator Trials => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Trials" }).Locator("tbody tr");

    /// <summary>The rows of the best configuration, one for each data set.</summary>
    public ILocator Best => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Best configuration" }).Locator("tbody tr");

    /// <summary>The chart; its name tells how many trials are in it.</summary>
    public ILocator Chart => tab.Page.Locator("[role=img][aria-label*=trials]");
}
