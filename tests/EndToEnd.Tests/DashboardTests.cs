using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Platform.EndToEnd.Tests.Pages;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>The Dashboard over the live suite, in a real browser.</summary>
public sealed class DashboardTests(QuickstartFixture fixture) : IAsyncLifetime
{
    private Chromium? _chromium;

    public async ValueTask InitializeAsync() => _chromium = await Chromium.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null)
            await _chromium.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("runs")]
    [InlineData("runs/{id}")]
    [InlineData("runs/new")]
    [InlineData("sweeps")]
    [InlineData("sweeps/{id}")]
    [InlineData("evaluations")]
    [InlineData("evaluations/{id}")]
    [InlineData("tokenizers")]
    [InlineData("datasets")]
    [InlineData("playground")]
    public async Task Page_AfterQuickstart_OpensWithoutComplaint(string path)
    {
        await using var tab = await OpenAsync();

        await tab.GoAsync(path.Replace("{id}", fixture.Id, StringComparison.Ordinal));

        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Form_Filled_StartsARunThatIsWatchedToItsEnd()
    {
        var id = "watched-" + Guid.NewGuid().ToString("N")[..6];
        await using var tab = await OpenAsync();
        var form = await tab.NewRunAsync();
        await form.FillAsync("Id", id);
        await form.Field("Data set").SelectOptionAsync($"datasets/{fixture.Id}-stories-tokens");
        foreach (var (field, value) in new[]
        {
            ("Layers", "2"), ("Heads", "2"), ("Width", "32"), ("Context", "64"),
            ("Steps", "400"), ("Validate every", "0"),
        })
            await form.FillAsync(field, value);
        await Assertions.Expect(tab.Page.GetByText("The service accepts this."))
            .ToBeVisibleAsync(new() { Timeout = 60_000 });

        await form.StartAsync();

        var run = new RunTab(tab);
        await Assertions.Expect(tab.Heading).ToHaveTextAsync(id);
        await run.ExpectMorePointsAsync("Loss", 5, 90);
        await Assertions.Expect(run.State).ToContainTextAsync("succeeded", new() { Timeout = 120_000 });
        await Assertions.Expect(run.Chart("Loss").Locator(".board-caption")).ToContainTextAsync("400 points");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Compare_TwoTrials_HaveTheirCurvesAndWhatDiffers()
    {
        await using var tab = await OpenAsync();

        // The grid's first two trials are one setting on either data set.
        var compare = await tab.CompareAsync($"{fixture.Id}-1", $"{fixture.Id}-2");

        await Assertions.Expect(compare.Runs).ToHaveCountAsync(2);
        await Assertions.Expect(compare.Drawing("Training loss"))
            .ToHaveAttributeAsync(
                "aria-label", new Regex($@"{fixture.Id}-1\) [\d.]+ at step \d+, .*{fixture.Id}-2\) [\d.]+ at"));
        await Assertions.Expect(compare.Settings).ToHaveCountAsync(1);
        await Assertions.Expect(compare.Settings.First).ToContainTextAsync("dataset");
        await Assertions.Expect(compare.Figures.Filter(new() { HasText = "Best validation loss" }))
            .ToContainTextAsync("%");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Evaluation_WrongItem_OpensWithFourEndingsAndTheChosenOne()
    {
        await using var tab = await OpenAsync();
        var evaluation = await tab.EvaluationAsync(fixture.Id);

        await evaluation.ShowAsync("wrong");
        await Assertions.Expect(evaluation.Items.Locator("summary .right")).ToHaveCountAsync(0);
        await evaluation.OpenFirstAsync();

        await Assertions.Expect(evaluation.Endings).ToHaveCountAsync(4);
        await Assertions.Expect(evaluation.Endings.Filter(new() { HasText = "chosen" })).ToHaveCountAsync(1);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Playground_Generation_StreamsAndEnds()
    {
        await using var tab = await OpenAsync();
        var playground = await tab.PlaygroundAsync($"runs/{fixture.Id}");
        await playground.Field("Prompt").FillAsync("Emma had a duck called Patch.");
        await playground.Field("New tokens").FillAsync("30");
        // A tiny model may end its story at any token; without this the number of tokens was a matter of chance.
        await playground.Field("go on after the end of text").CheckAsync();

        await playground.GenerateAsync();

        await Assertions.Expect(playground.Outcome).ToContainTextAsync("· 30 tokens ·", new() { Timeout = 30_000 });
        Assert.True((await playground.Text.InnerTextAsync()).Length > "Emma had a duck called Patch.".Length);
        await Assertions.Expect(playground.Text.Locator("span[title*='%']").First).ToBeVisibleAsync();
        await tab.ExpectNoComplaintsAsync();
    }

    private Task<DashboardTab> OpenAsync() => DashboardTab.OpenAsync(_chromium!, fixture.Suite.DashboardAddress);
}
