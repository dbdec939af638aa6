using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The data sets and the form that makes one.</summary>
/// <param name="tab">Its tab.</param>
public sealed class DatasetsTab(DashboardTab tab)
{
    /// <summary>The row of a data set.</summary>
    /// <param name="title">What it is called.</param>
    public ILocator Row(string title) => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Data sets" })
        .Locator("tbody tr").Filter(new() { HasText = title });

    /// <summary>Sends a file and makes a data set of it.</summary>
    /// <param name="id">The data set's id.</param>
    /// <param name="fileName">The file's name.</param>
    /// <param name="content">Its bytes.</param>
    public async Task SendAsync(string id, string fileName, byte[] content)
    {
        await tab.Page.Locator("input[type=file]").SetInputFilesAsync(
            new FilePayload { Name = fileName, MimeType = "text/plain", Buffer = content });
        await MakeAsync(id);
    }

    /// <summary>Chooses a value of the form.</summary>
    /// <param name="label">The field's.</param>
    /// <param name="value">The value.</param>
    public Task ChooseAsync(string label, string value) =>
        tab.Page.GetByLabel(label, new() { Exact = true }).SelectOptionAsync(value);

    /// <summary>Fills a field of the form.</summary>
    /// <param name="label">The field's.</param>
    /// <param name="text">What to type.</param>
    public Task FillAsync(string label, string text) =>
        tab.Page.GetByLabel(label, new() { Exact = true }).FillAsync(text);

    /// <summary>Makes the data set that the form tells of.</summary>
    /// <param name="id">The data set's id.</param>
    public async Task MakeAsync(string id)
    {
        await FillAsync("Id", id);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Make data set" }).ClickAsync();
    }
}
