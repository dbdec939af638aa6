using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The generation playground.</summary>
/// <param name="tab">Its tab.</param>
public sealed class PlaygroundTab(DashboardTab tab)
{
    /// <summary>The generated text, after its prompt.</summary>
    public ILocator Text => tab.Page.GetByRole(AriaRole.Log, new() { Name = "Generated text" });

    /// <summary>Why it ended and how fast it was.</summary>
    public ILocator Outcome => tab.Page.GetByRole(AriaRole.Status, new() { Name = "Outcome" });

    /// <summary>What was generated before, newest first.</summary>
    public ILocator History =>
        tab.Page.GetByRole(AriaRole.List, new() { Name = "History" }).GetByRole(AriaRole.Listitem);

    /// <summary>A field by its name: Model, Prompt, Temperature, New tokens.</summary>
    /// <param name="label">The name.</param>
    public ILocator Field(string label) => tab.Page.GetByLabel(label, new() { Exact = true });

    /// <summary>Begins to generate.</summary>
    public Task GenerateAsync() => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Generate" }).ClickAsync();

    /// <summary>Stops it.</summary>
    public Task StopAsync() => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
}
