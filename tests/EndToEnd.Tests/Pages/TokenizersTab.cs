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

    /// <summary>The same text's tokens by the tokenizer that is compared with.</summary>
    public ILocator ComparedTokens =>
        tab.Page.GetByRole(AriaRole.List, new() { Name = "Tokens compared" }).GetByRole(AriaRole.Listitem);

    /// <summary>The figures of both, a row each.</summary>
    public ILocator Comparison =>
        tab.Page.GetByRole(AriaRole.Table, new() { Name = "Comparison" }).Locator("tbody tr");

    /// <summary>Puts a second tokenizer beside the first.</summary>
    /// <param name="name">Its name.</param>
    public Task CompareWithAsync(string name) => tab.Page.GetByLabel("Compare with").SelectOptionAsync(name);

    /// <summary>Starts a training.</summary>
    /// <param name="texts">What to train on.</param>
    /// <param name="id">The id to be.</param>
    public async Task TrainAsync(string texts, string id)
    {
        await tab.Page.GetByLabel("Texts", new() { Exact = true }).FillAsync(texts);
        await tab.Page.GetByLabel("Id", new() { Exact = true }).FillAsync(id);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Train tokenizer" }).ClickAsync();
    }

    /// <summary>The sizes of the study, a row each.</summary>
    public ILocator Sizes =>
        tab.Page.GetByRole(AriaRole.Table, new() { Name = "Vocabulary sizes" }).Locator("tbody tr");

    /// <summary>Studies vocabulary sizes on a text.</summary>
    /// <param name="text">The text.</param>
    public async Task StudyAsync(string text)
    {
        await tab.Page.GetByLabel("Or a text", new() { Exact = true }).FillAsync(text);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Study sizes" }).ClickAsync();
    }

    /// <summary>Starts an import.</summary>
    /// <param name="files">Where the files are.</param>
    /// <param name="id">The id to be.</param>
    public async Task ImportAsync(string files, string id)
    {
        await tab.Page.GetByLabel("Files", new() { Exact = true }).FillAsync(files);
        await tab.Page.GetByLabel("Id of the import", new() { Exact = true }).FillAsync(id);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Import tokenizer" }).ClickAsync();
    }
}
