using Microsoft.Playwright;
using Platform.Contracts.Common.V1;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>Services that go away under an open page and come back. A suite of its own, which it may break.</summary>
public sealed class OutageTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private static readonly LocatorAssertionsToHaveTextOptions s_patient = new() { Timeout = 60_000 };

    [Fact]
    public async Task Run_TrainerGoesAndComesBack_SaysSoAndLosesNoPoint()
    {
        await using var tab = await fixture.OpenAsync();
        var run = await tab.RunAsync("stories-long");
        await run.ExpectMorePointsAsync("Loss", 0);

        await fixture.Suite.Trainer.StopAsync();
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("reconnecting", s_patient);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert).First)
            .ToContainTextAsync("The trainer service does not answer.");
        var before = await run.PointsAsync("Loss");
        await fixture.Suite.Trainer.StartAsync();

        await Assertions.Expect(tab.Connection).ToHaveTextAsync("live", s_patient);
        await run.ExpectMorePointsAsync("Loss", before + 20);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);

        // Steps are numbered from 1 and each has one point: as many points as the last step, or one was lost or
        // doubled. Both go on while one is read after the other, so they are read until they are near each other.
        await Eventually.HoldsAsync(async () =>
        {
            var name = await run.Drawing("Loss").GetAttributeAsync("aria-label");
            var step = System.Text.RegularExpressions.Regex.Match(name!, @"training [\d.]+ at step ([\d,]+)")
                .Groups[1].Value;
            var points = await run.PointsAsync("Loss");
            return points - long.Parse(step, System.Globalization.NumberStyles.AllowThousands, null) is >= 0 and <= 12;
        });
    }

    [Fact]
    public async Task Sweep_TrainerGoesAndComesBack_ItsPageGoesOn()
    {
        await using var tab = await fixture.OpenAsync();
        var sweep = await tab.SweepAsync("lora-rank");
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(24);

        await fixture.Suite.Trainer.StopAsync();
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("reconnecting", s_patient);
        await Assertions.Expect(sweep.Trials).ToHaveCountAsync(24);
        await fixture.Suite.Trainer.StartAsync();

        await Assertions.Expect(tab.Connection).Not.ToHaveTextAsync("reconnecting", s_patient);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Evaluation_ServiceRestartedThenResumedElsewhereThenDeleted_TheOpenPageSeesAll()
    {
        await using var tab = await fixture.OpenAsync();
        await tab.EvaluationAsync("stories-endings");
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("up to date");

        // Ended as it is, the page follows the list, and says when that breaks.
        await fixture.Suite.Eval.StopAsync();
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("reconnecting", s_patient);
        await fixture.Suite.Eval.StartAsync();
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("up to date", s_patient);

        var evaluation = fixture.Suite.World.Evaluations.Find(e => e.Name == "evaluations/stories-endings")!;
        fixture.Suite.World.Change(() => (evaluation.State, evaluation.Spec.Limit) = (State.Queued, 1_000_000));
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("live", s_patient);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();

        fixture.Suite.World.Change(() => evaluation.Spec.Limit = 1);
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("up to date", s_patient);
        fixture.Suite.World.Change(() => fixture.Suite.World.Evaluations.Remove(evaluation));
        await Assertions.Expect(tab.Page.GetByText("This evaluation was deleted."))
            .ToBeVisibleAsync(new() { Timeout = 60_000 });
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Overview_EvalGoesAndComesBack_ItsCardSaysSo()
    {
        await using var tab = await fixture.OpenAsync();
        var overview = await tab.OverviewAsync();
        await Assertions.Expect(overview.Service("Eval")).ToContainTextAsync("healthy");

        await fixture.Suite.Eval.StopAsync();
        await Assertions.Expect(overview.Service("Eval"))
            .ToContainTextAsync("not answering", new() { Timeout = 60_000 });
        await Assertions.Expect(overview.Service("Trainer")).ToContainTextAsync("healthy");
        await fixture.Suite.Eval.StartAsync();

        await Assertions.Expect(overview.Service("Eval"))
            .Not.ToContainTextAsync("not answering", new() { Timeout = 60_000 });
        await Assertions.Expect(overview.Service("Eval")).ToContainTextAsync("version 0.1.0");
    }

    [Fact]
    public async Task Datasets_OpenedWhileTheTokenizerIsAway_FillsWhenItComes()
    {
        await fixture.Suite.Tokenizer.StopAsync();
        await using var tab = await fixture.OpenAsync();
        await tab.Page.GotoAsync(fixture.Dashboard.Address + "/datasets");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert).First)
            .ToContainTextAsync("The tokenizer service does not answer.");

        await fixture.Suite.Tokenizer.StartAsync();

        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Table, new() { Name = "Data sets" }))
            .ToBeVisibleAsync(new() { Timeout = 60_000 });
    }
}
