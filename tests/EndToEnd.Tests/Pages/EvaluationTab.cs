using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>One evaluation.</summary>
/// <param name="tab">Its tab.</param>
public sealed class EvaluationTab(DashboardTab tab)
{
    /// <summary>The figures with their standard errors.</summary>
    public ILocator Accuracy => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Accuracy" });

    /// <summary>The graded items on this page.</summary>
    public ILocator Items => tab.Page.Locator("details.example");

    /// <summary>The endings of the item that is open.</summary>
    public ILocator Endings => tab.Page.Locator("details.example[open] tbody tr");

    /// <summary>The table of who is right where, of two evaluations.</summary>
    public ILocator RightAndWrong => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Right and wrong in both" });

    /// <summary>Shows all items, or the right or the wrong ones.</summary>
    /// <param name="which">all, right or wrong.</param>
    public Task ShowAsync(string which) =>
        tab.Page.GetByRole(AriaRole.Button, new() { Name = which, Exact = true }).ClickAsync();

    /// <summary>Opens the first item.</summary>
    public Task OpenFirstAsync() => Items.First.Locator("summary").ClickAsync();
}
