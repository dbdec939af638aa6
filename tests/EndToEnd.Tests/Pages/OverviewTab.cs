using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The overview.</summary>
/// <param name="tab">Its tab.</param>
public sealed class OverviewTab(DashboardTab tab)
{
    /// <summary>The card of a service.</summary>
    /// <param name="name">Its name with a capital: Trainer.</param>
    public ILocator Service(string name) => tab.Page.GetByRole(AriaRole.Group, new() { Name = name, Exact = true });

    /// <summary>What runs now and waits.</summary>
    public ILocator RunningNow => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Running now" });
}
