using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The tokenizers and their playground.</summary>
/// <param name="tab">Its tab.</param>
public sealed class TokenizersTab(DashboardTab tab)
{
    /// <summary>The tokens of the text, in order; ids and bytes stand in their titles.</summary>
    public ILocator Tokens =>
        tab.Page.GetByRole(AriaRole.List, new() { Name = "Tokens" }).GetByRole(AriaRole.Listitem);

    /// <summary>The row of a tokenizer.</summary>
    /// <param name="title">What it is called.</param>
    public ILocator Row(string title) => tab.Page.GetByRole(AriaRole.Table, new() { Name = "Tokenizers" })
        .Locator("tbody tr").Filter(new() { HasText = title });

    /// <summary>Gives the playground a text.</summary>
    /// <param name="text">The text.</param>
    public Task TypeAsync(string text) => tab.Page.GetByLabel("Text", new() { Exact = true }).FillAsync(text);
}
