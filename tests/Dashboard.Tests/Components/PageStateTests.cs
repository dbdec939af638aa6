using Bunit;
using MudBlazor.Services;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tests.Components;

public sealed class PageStateTests : BunitContext
{
    public PageStateTests()
    {
        Services.AddMudServices();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    [Fact]
    public void Render_NothingYet_SaysLoading()
    {
        var page = Render<PageState>(p => p.Add(s => s.Loaded, false).AddChildContent("the page"));

        Assert.Contains("Loading…", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("the page", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Empty_SaysWhatToDo()
    {
        var page = Render<PageState>(p => p
            .Add(s => s.Loaded, true).Add(s => s.Empty, true)
            .Add(s => s.EmptyContent, "Start one.").AddChildContent("the page"));

        Assert.Contains("Start one.", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("the page", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_DisconnectedAfterLoading_KeepsThePageAndSaysWhenItTriesAgain()
    {
        var failure = new CallFailure(FailureKind.Disconnected, "The trainer service does not answer.", "Wait.", []);

        var page = Render<PageState>(p => p
            .Add(s => s.Loaded, true).Add(s => s.Failure, failure)
            .Add(s => s.Link, new Link(LinkState.Reconnecting, failure, 3, TimeSpan.FromSeconds(2)))
            .AddChildContent("the page"));

        Assert.Contains("the page", page.Markup, StringComparison.Ordinal);
        // Bug guarded: blanks at the beginning of an element are left out, and sentences stood against each other.
        var words = page.Find(".mud-alert-message").TextContent
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            "The trainer service does not answer. Wait. Trying again in 2.0 s (try 4).", string.Join(' ', words));
    }
}
