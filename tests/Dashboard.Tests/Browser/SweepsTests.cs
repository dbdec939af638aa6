using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.EndToEnd.Tests.Pages;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>Making sweeps, and what is done with their winners. A suite of its own, whose sweeps it changes.</summary>
public sealed class SweepsTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task NewSweep_FormFilled_RunsItsTrials()
    {
        await using var tab = await fixture.OpenAsync();
        await tab.GoAsync("sweeps");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "New sweep" }).ClickAsync();
        await Assertions.Expect(tab.Heading).ToHaveTextAsync("New sweep");

        await Field(tab, "Id").FillAsync("by-form");
        await Field(tab, "Base model").FillAsync("runs/stories-base");
        await tab.Page.GetByRole(AriaRole.Group, new() { Name = "Data sets" })
            .GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await Field(tab, "Setting").FillAsync("lora.range");
        await Field(tab, "Values").FillAsync("2, 8, 16");
        await StartAsync(tab);
        await Assertions.Expect(tab.Page.GetByText("lora has no 'range', only rank, alpha, dropout."))
            .ToBeVisibleAsync();
        await Field(tab, "Setting").FillAsync("lora.rank");
        await StartAsync(tab);

        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("sweeps/by-form$"));
        var sweep = new SweepTab(tab);
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(3);
        await Assertions.Expect(sweep.Best).ToContainTextAsync(["rank 2"]);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task NewSweep_AsYaml_IsTheSameSpecBothWays()
    {
        await using var tab = await fixture.OpenAsync();
        await tab.GoAsync("sweeps/new?base=runs%2Fstories-base");
        await Field(tab, "Setting").FillAsync("optimizer.learning_rate");
        await Field(tab, "Values").FillAsync("1e-4..1e-2:log");
        await ShowAsAsync(tab, "YAML");
        await Assertions.Expect(Field(tab, "Spec")).ToHaveValueAsync(new Regex("base_model: runs/stories-base"));
        await Assertions.Expect(Field(tab, "Spec")).ToHaveValueAsync(new Regex("optimizer.learning_rate"));

        await Field(tab, "Spec").FillAsync(
            "strategy: random\nmax_trials: 7\nbase:\n  base_model: runs/stories-base\n  lora: {rank: 4}\n"
            + "axes:\n- setting: lora.alpha\n  values: [1, 4]\n");
        await ShowAsAsync(tab, "Form");

        await Assertions.Expect(Field(tab, "Strategy")).ToHaveValueAsync("random");
        await Assertions.Expect(Field(tab, "Trials at most")).ToHaveValueAsync("7");
        await Assertions.Expect(Field(tab, "Setting")).ToHaveValueAsync("lora.alpha");
        await Assertions.Expect(Field(tab, "Values")).ToHaveValueAsync("1, 4");
        await Assertions.Expect(Field(tab, "Rank")).ToHaveValueAsync("4");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Winner_AdapterExported_SaysWhereTheFilesAre()
    {
        await using var tab = await fixture.OpenAsync();
        var sweep = await tab.SweepAsync("lora-rank");
        await sweep.Best.First.GetByRole(AriaRole.Button, new() { Name = "export adapter" }).ClickAsync();
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("Export runs/lora-rank-");
        await Assertions.Expect(dialog.GetByLabel("Format")).ToHaveValueAsync("Peft");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Export" }).ClickAsync();

        await Assertions.Expect(dialog).ToContainTextAsync("Written on the trainer's machine");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Explorer_AxisBrushed_NarrowsTheTableAndStandsInTheUrl()
    {
        await using var tab = await fixture.OpenAsync();
        var sweep = await tab.SweepAsync("lora-rank");
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(24);
        await Assertions.Expect(sweep.View("Trials across their settings"))
            .ToHaveAttributeAsync("aria-label", new Regex(@"(\d\d) of \1 trials"));

        // Up the lower half of the last axis, which is the objective's.
        await sweep.BrushLastAxisAsync();

        await Assertions.Expect(tab.Page.GetByText(new Regex(@"\d+ of 24 trials chosen"))).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("trials="));
        // A table that was counted while the brush was still on its way had fewer rows.
        await Eventually.HoldsAsync(async () => await sweep.Trials.CountAsync() == await sweep.BrushedAsync());
        var chosen = await sweep.BrushedAsync();
        Assert.InRange(chosen, 1, 23);
        await Assertions.Expect(sweep.View("The best of those chosen"))
            .ToHaveAttributeAsync("aria-label", new Regex($@": {chosen} of \d\d trials"));
        await tab.Page.ReloadAsync();
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(chosen);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show all trials" }).ClickAsync();
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(24);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Explorer_MapCellClicked_ChoosesItsTrials()
    {
        // Bug guarded: this test clicked where the map was to come. The map always comes late here.
        await using var tab = await fixture.OpenAsync();
        var pointing = new TaskCompletionSource();
        await tab.Page.RouteAsync("**/explorer*.js", async route =>
        {
            await pointing.Task;
            await route.ContinueAsync();
        });
        var sweep = await tab.SweepAsync("lora-rank?rows=dataset");
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(24);

        var pointed = sweep.PointAtAsync("Validation loss by two settings", 0.3f, 0.2f);
        pointing.SetResult();
        await pointed;
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.UpAsync();

        await Assertions.Expect(tab.Page.GetByText(new Regex(@"\d+ of 24 trials chosen"))).ToBeVisibleAsync();
        Assert.InRange(await sweep.Trials.CountAsync(), 1, 23);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Verdict_SweepStillRunning_IsSaidToBePreliminary()
    {
        // Bug guarded: after the first of many trials it read as what the sweep had found.
        await using var tab = await fixture.OpenAsync();
        var world = fixture.Suite.World;
        world.AddRunning("half-2");
        world.Change(() =>
        {
            var half = world.Sweeps.Single(sweep => sweep.Name == "sweeps/lora-rank").Clone();
            (half.Name, half.DisplayName) = ("sweeps/half", "Half done");
            while (half.Trials.Count > 2)
                half.Trials.RemoveAt(2);
            (half.Trials[1].Run, half.TrialCount) = ("runs/half-2", 2);
            world.Runs["runs/half-2"].Run.Sweep = half.Name;
            world.Sweeps.Add(half);
        });
        world.Tick();

        await tab.SweepAsync("half");

        var verdict = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Verdict so far" });
        await Assertions.Expect(verdict).ToContainTextAsync("Preliminary: 1 of 2 trials have ended");
        world.Change(() => world.Runs["runs/half-2"].End(State.Succeeded, StopReason.Completed, DateTime.UtcNow));
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Verdict", Exact = true }))
            .ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByText("Preliminary")).ToHaveCountAsync(0);
        await tab.ExpectNoComplaintsAsync();
    }

    private static ILocator Field(DashboardTab tab, string label) => tab.Page.GetByLabel(label, new() { Exact = true });

    private static Task ShowAsAsync(DashboardTab tab, string how) =>
        tab.Page.GetByRole(AriaRole.Group, new() { Name = "Spec as" })
            .GetByRole(AriaRole.Button, new() { Name = how }).ClickAsync();

    private static Task StartAsync(DashboardTab tab) =>
        tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start sweep" }).ClickAsync();
}
