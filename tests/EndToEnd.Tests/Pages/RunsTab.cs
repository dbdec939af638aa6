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

    /// <summary>What can be done with the chosen runs.</summary>
    public ILocator Chosen => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Chosen runs" });

    /// <summary>Chooses a run, or no longer.</summary>
    /// <param name="title">What it is called.</param>
    public Task ChooseAsync(string title) =>
        tab.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Choose " + title, Exact = true }).ClickAsync();

    /// <summary>Presses one of the buttons for the chosen runs.</summary>
    /// <param name="name">The button's words.</param>
    public Task PressAsync(string name) => Chosen.GetByText(name, new() { Exact = true }).ClickAsync();

    /// <summary>Shows or hides a column.</summary>
    /// <param name="column">Its head.</param>
    public async Task ToggleColumnAsync(string column)
    {
        await tab.Page.GetByText("Columns", new() { Exact = true }).ClickAsync();
        await tab.Page.Locator(".more-list").GetByText(column, new() { Exact = true }).ClickAsync();
    }

    /// <summary>Sorts by a column; again: the other way.</summary>
    /// <param name="column">Its head.</param>
    public Task SortByAsync(string column) => tab.Page.GetByRole(AriaRole.Columnheader)
        .GetByRole(AriaRole.Button, new() { Name = column }).ClickAsync();

    /// <summary>Sorts by a column twice before the browser can show anything of the first time.</summary>
    /// <param name="column">Its head.</param>
    public Task TurnOrderTwiceAsync(string column) => tab.Page.GetByRole(AriaRole.Columnheader)
        .GetByRole(AriaRole.Button, new() { Name = column })
        .EvaluateAsync("head => { head.click(); head.click(); }");

    /// <summary>Chooses the first runs, one right after the other.</summary>
    /// <param name="count">How many.</param>
    public Task ChooseAtOnceAsync(int count) => Rows.GetByRole(AriaRole.Checkbox)
        .EvaluateAllAsync<object?>("(boxes, count) => boxes.slice(0, count).forEach(box => box.click())", count);
}
