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
        await tab.Page.GetByLabel("Id", new() { Exact = true }).FillAsync(id);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Make data set" }).ClickAsync();
    }
}
