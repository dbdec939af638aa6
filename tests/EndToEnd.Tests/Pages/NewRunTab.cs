using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>The form of a new run.</summary>
/// <param name="tab">Its tab.</param>
public sealed class NewRunTab(DashboardTab tab)
{
    /// <summary>A field by its name.</summary>
    /// <param name="label">The name.</param>
    public ILocator Field(string label) => tab.Page.GetByLabel(label, new() { Exact = true });

    /// <summary>What is said below a field: its explanation, or what is wrong with it.</summary>
    /// <param name="label">The field's name.</param>
    public ILocator HelpOf(string label) =>
        tab.Page.Locator(".field").Filter(new() { Has = Field(label) }).Locator(".field-help");

    /// <summary>Types into a field and waits until the page has taken it.</summary>
    /// <param name="label">The field's name.</param>
    /// <param name="text">The text.</param>
    public Task FillAsync(string label, string text) => Field(label).FillAsync(text);

    /// <summary>Shows the form or the YAML of the same spec.</summary>
    /// <param name="how">Form or YAML.</param>
    public Task ShowAsAsync(string how) => tab.Page.GetByRole(AriaRole.Group, new() { Name = "Spec as" })
        .GetByRole(AriaRole.Button, new() { Name = how }).ClickAsync();

    /// <summary>Asks for the run.</summary>
    public Task StartAsync() => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start run" }).ClickAsync();
}
