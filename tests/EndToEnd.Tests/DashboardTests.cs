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
    public async Task Run_WhileItTrains_ItsChartGrows()
    {
        var id = "watched-" + Guid.NewGuid().ToString("N")[..6];
        await using var tab = await OpenAsync();
        var created = await fixture.Suite.CliAsync(
        [
            "run", "create", "--dataset", $"{fixture.Id}-stories-tokens", "--steps", "400", "--id", id, "--detach",
            "--set", "model.n_layer=2", "--set", "model.n_head=2", "--set", "model.n_embd=32",
            "--set", "model.block_size=64", "--set", "evaluation.validation_interval=0",
        ]);
        Assert.True(created.ExitCode == 0, created.ToString());

        var run = await tab.RunAsync(id);

        await run.ExpectMorePointsAsync("Loss", 5, 60);
        var points = await run.PointsAsync("Loss");
        await run.ExpectMorePointsAsync("Loss", points, 60);
        await Assertions.Expect(run.State).ToContainTextAsync("succeeded", new() { Timeout = 90_000 });
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
