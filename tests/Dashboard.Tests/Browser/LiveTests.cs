using Microsoft.Playwright;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Dashboard.Tests.Browser;

public sealed class LiveTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Run_Watched_ItsChartsGrow()
    {
        await using var tab = await fixture.OpenAsync();
        var run = await tab.RunAsync("stories-long");
        await run.ExpectMorePointsAsync("Loss", 0);

        var before = await run.PointsAsync("Loss");
        await run.ExpectMorePointsAsync("Loss", before + 20);

        await Assertions.Expect(tab.Connection).ToHaveTextAsync("live");
        var label = await run.Drawing("Loss").GetAttributeAsync("aria-label");
        Assert.Contains("training", label, StringComparison.Ordinal);
        await tab.ExpectNoComplaintsAsync();
    }

    [Theory]
    [InlineData("by tokens")]
    [InlineData("by time")]
    [InlineData("by the clock")]
    [InlineData("smooth 100")]
    public async Task Run_ViewChanged_GoesOnGrowing(string button)
    {
        await using var tab = await fixture.OpenAsync();
        var run = await tab.RunAsync("stories-long");
        await run.ExpectMorePointsAsync("Loss", 0);

        await run.ChooseAxisAsync(button);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = button }))
            .ToHaveAttributeAsync("aria-pressed", "true");
        var before = await run.PointsAsync("Loss");

        await run.ExpectMorePointsAsync("Loss", before + 10);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Run_Dragged_ZoomsAndTheRangeStandsInTheUrl()
    {
        await using var tab = await fixture.OpenAsync();
        var run = await tab.RunAsync("stories-base");
        await run.ExpectMorePointsAsync("Loss", 0);

        var box = await tab.PointAtAsync(run.Drawing("Loss"), 0.4f);
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + (box.Height / 2), new() { Steps = 5 });
        await tab.Page.Mouse.UpAsync();

        await Assertions.Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from=.*to="));
        await tab.Page.GetByText("Show all").ClickAsync();
        await Assertions.Expect(tab.Page).Not.ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from="));
    }

    [Fact]
    public async Task Overview_TwoDatasetsPrepared_ShowsBoth()
    {
        // Bug guarded: both were told apart by the page that they share, which ended the whole page with an error.
        await using var tab = await fixture.OpenAsync();
        var world = fixture.Suite.World;
        Dataset[] both = [.. new[] { "one", "two" }.Select(id => new Dataset
        {
            Name = $"datasets/prepared-{id}",
            Spec = new(),
            State = State.Running,
            Progress = new() { Total = 1_000_000_000_000, Unit = "bytes" },
        })];
        var overview = await tab.OverviewAsync();

        world.Change(() => world.Datasets.InsertRange(0, both));

        await Assertions.Expect(overview.RunningNow).ToContainTextAsync("prepared-one");
        await Assertions.Expect(overview.RunningNow).ToContainTextAsync("prepared-two");
        world.Change(() => world.Datasets.RemoveAll(both.Contains));
        await Assertions.Expect(overview.RunningNow).Not.ToContainTextAsync("prepared-");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Form_Filled_StartsARunThatRuns()
    {
        await using var tab = await fixture.OpenAsync();
        var form = await tab.NewRunAsync();

        await form.FillAsync("Name", "From the form");
        await form.FillAsync("Id", "from-the-form");
        await form.FillAsync("Steps", "60");
        await form.FillAsync("Heads", "5");
        await form.StartAsync();
        await Assertions.Expect(form.HelpOf("Heads")).ToHaveTextAsync("5 does not divide the width 384.");
        await form.FillAsync("Heads", "6");
        await form.StartAsync();

        await Assertions.Expect(tab.Heading).ToHaveTextAsync("From the form");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Run_CancelledAndResumed_TheOpenPageSeesBoth()
    {
        await using var tab = await fixture.OpenAsync();
        fixture.Suite.World.AddRunning("to-cancel");
        var run = await tab.RunAsync("to-cancel");
        await Assertions.Expect(run.State).ToContainTextAsync("running");

        await run.PressAsync("Cancel");
        await Assertions.Expect(run.State).ToContainTextAsync("cancelled");
        await run.PressAsync("Resume");

        // Another run holds the device, so this one waits for its turn.
        await Assertions.Expect(run.State).ToContainTextAsync("queued");
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("live");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Generation_Streamed_CanBeStoppedAndStopsOnTheService()
    {
        await using var tab = await fixture.OpenAsync();
        var playground = await tab.PlaygroundAsync("runs/stories-base");

        await playground.Field("New tokens").FillAsync("100000");
        await playground.GenerateAsync();
        await Assertions.Expect(playground.Text).ToContainTextAsync("there was a baker");
        await playground.StopAsync();

        await Assertions.Expect(playground.Outcome).ToContainTextAsync("Stopped by you");
        await Eventually.HoldsAsync(() => fixture.Suite.World.ActiveGenerations == 0);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Generation_Ended_SaysWhyAndHowFast()
    {
        await using var tab = await fixture.OpenAsync();
        var playground = await tab.PlaygroundAsync("runs/stories-base");

        await playground.Field("New tokens").FillAsync("8");
        await playground.GenerateAsync();

        await Assertions.Expect(playground.Outcome)
            .ToContainTextAsync("Ended at the number of new tokens · 8 tokens · 25 tok/s");
    }

    [Fact]
    public async Task Generation_TwoModels_StandSideBySideWithProbabilitiesAndHistory()
    {
        await using var tab = await fixture.OpenAsync();
        var playground = await tab.PlaygroundAsync("runs/stories-base");

        await playground.Field("Second model").FillAsync("runs/stories-lora");
        await playground.Field("New tokens").FillAsync("6");
        await playground.GenerateAsync();

        var second = tab.Page.GetByRole(AriaRole.Log, new() { Name = "What the second model wrote" });
        await Assertions.Expect(playground.Outcome).ToContainTextAsync("· 6 tokens ·");
        await Assertions.Expect(second).ToContainTextAsync("there was a baker");
        await Assertions.Expect(playground.Text.Locator("span[title*='50.0 %']").First).ToBeVisibleAsync();
        await Assertions.Expect(playground.Text.Locator("span[title*='duck']").First).ToBeVisibleAsync();
        await Assertions.Expect(playground.History).ToHaveCountAsync(2);

        // Both from one seed; what the other held likely is told up to where the two part.
        var outcome = await playground.Outcome.InnerTextAsync();
        var seed = System.Text.RegularExpressions.Regex.Match(outcome, @"seed (\d+)").Value;
        await Assertions.Expect(tab.Page.GetByLabel("How the second one went")).ToContainTextAsync(seed);
        await Assertions.Expect(playground.Text.Locator(".parts")).ToHaveTextAsync(" called");
        await Assertions.Expect(playground.Text.Locator("span[title*='“ named”, 50.0 %']")).ToHaveCountAsync(1);
        await Assertions.Expect(tab.Page)
            .ToHaveURLAsync(new System.Text.RegularExpressions.Regex("max_tokens=6.*prompt=Once"));
        await tab.Page.ReloadAsync();
        await Assertions.Expect(playground.Field("New tokens")).ToHaveValueAsync("6");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task History_PageLeft_IsThereAgainUntilItIsForgotten()
    {
        await using var tab = await fixture.OpenAsync();
        var playground = await tab.PlaygroundAsync("runs/stories-base");
        await playground.Field("New tokens").FillAsync("6");
        await playground.Field("Prompt").FillAsync("First of two.");
        await playground.GenerateAsync();
        await Assertions.Expect(playground.History).ToHaveCountAsync(1);
        await playground.Field("Prompt").FillAsync("Second of two.");
        await playground.GenerateAsync();
        await Assertions.Expect(playground.History).ToHaveCountAsync(2);

        await tab.GoAsync("runs");
        playground = await tab.PlaygroundAsync("runs/stories-lora");

        await Assertions.Expect(playground.History).ToHaveCountAsync(2);
        await Assertions.Expect(playground.History.First).ToContainTextAsync("Second of two.");
        await playground.History.Last.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(playground.Field("Prompt")).ToHaveValueAsync("First of two.");
        await Assertions.Expect(playground.Text).ToContainTextAsync("there was a baker");
        await Assertions.Expect(playground.Outcome).ToContainTextAsync("· 6 tokens ·");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Forget all" }).ClickAsync();
        await Assertions.Expect(playground.History).ToHaveCountAsync(0);
        await tab.Page.ReloadAsync();
        await Assertions.Expect(playground.Field("Prompt")).ToBeVisibleAsync();
        Assert.Null(await tab.Page.EvaluateAsync<string?>("localStorage.getItem('playground-history')"));
        await tab.ExpectNoComplaintsAsync();
    }
}
