using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The table of runs.</summary>
/// <param name="tab">Its tab.</param>
public sealed class RunsTab(DashboardTab tab)
{
    /// <summary>The rows with a run in them.</summary>
    public ILocator Rows => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Runs" }).Locator("tbody tr");

    /// <summary>The row of a run.</summary>
    /// <param name="title">What it is called.</param>
    public ILocator Row(string title) => Rows.Filter(new() { HasText = title });

    /// <summary>Shows runs of one state only.</summary>
    /// <param name="state">The state's word.</param>
    public Task FilterByStateAsync(string state) => tab.Page.GetByRole(AriaRole.Group, new() { Name = "State" })
        .GetByRole(AriaRole.Button, new() { NameRegex = new("^" + state + " ") }).ClickAsync();

    /// <summary>Shows runs that have words in them.</summary>
    /// <param name="words">The words.</param>
    public Task FindAsync(string words) => tab.Page.GetByLabel("Find").FillAsync(words);

    /// <summary>Sorts by a column; again: the other way.</summary>
    /// <param name="column">Its head.</param>
    public Task SortByAsync(string column) => tab.Page.GetByRole(AriaRole.Columnheader)
        .GetByRole(AriaRole.Button, new() { Name = column }).ClickAsync();
}
