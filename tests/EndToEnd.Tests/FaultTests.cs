using System.Globalization;
using Microsoft.Playwright;
using Platform.Contracts.Common.V1;
using Platform.EndToEnd.Tests.Pages;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>What must be survived from the first day: real processes killed, real files spoilt.</summary>
public sealed class FaultTests : IDisposable
{
    // Long enough that every fault falls into the run, short enough to end within a test.
    private const int Steps = 600;

    private readonly TempFolder _folder = new();

    [Fact]
    public async Task WorkerKilled_RunGoesOnFromItsCheckpoint()
    {
        await using var suite = await RunningSuite.StartAsync(_folder.Path);
        await TinyRun.CreateAsync(suite, Steps);
        await TinyRun.UntilAsync(suite, run => run.Step >= 40);

        Signals.Send(TinyRun.WorkerProcessId(suite), Signals.Kill);

        var ended = await TinyRun.UntilAsync(suite, run => run.State == State.Succeeded);
        Assert.Equal(Steps, ended.Step);
        Assert.Equal(2, ended.Attempt);
        var events = await TinyRun.EventsAsync(suite);
        Assert.Contains("worker_died", events);
        Assert.Contains("resumed", events);
    }

    [Fact]
    public async Task TrainerServiceKilled_WorkerTrainsOnAndTheServiceCatchesUp()
    {
        await using var suite = await RunningSuite.StartAsync(_folder.Path);
        await TinyRun.CreateAsync(suite, Steps);
        await TinyRun.UntilAsync(suite, run => run.Step >= 40);
        var worker = TinyRun.WorkerProcessId(suite);

        Signals.Send(Processes.OfService(suite, "Trainer.Service"), Signals.Kill);

        var ended = await TinyRun.UntilAsync(suite, run => run.State == State.Succeeded);
        Assert.Equal(Steps, ended.Step);
        Assert.Equal(1, ended.Attempt);
        Assert.Equal(worker, TinyRun.WorkerProcessId(suite));
    }

    [Fact]
    public async Task TrainerServiceKilled_UnderAnOpenPage_ItSaysSoAndGoesOnWithEveryPointOnce()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var suite = await RunningSuite.StartAsync(_folder.Path);
        await TinyRun.CreateAsync(suite, Steps);
        await using var tab = await DashboardTab.OpenAsync(chromium, suite.DashboardAddress);
        var page = await tab.RunAsync("tiny");
        await page.ExpectMorePointsAsync("Loss", 20, 60);
        await tab.NoteConnectionAsync();

        Signals.Send(Processes.OfService(suite, "Trainer.Service"), Signals.Kill);

        await Assertions.Expect(page.State).ToContainTextAsync("succeeded", new() { Timeout = 120_000 });
        await Assertions.Expect(tab.Connection).ToHaveTextAsync("up to date");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await page.ExpectMorePointsAsync("Loss", Steps - 1);

        // It is the page that was open all the time, and it said what had happened.
        Assert.Contains("reconnecting", await tab.NotedConnectionAsync());
        var steps = (await page.ShownAsync("Loss")).Where(row => row[0] == "training").Select(row => row[1]);
        Assert.Equal(Enumerable.Range(1, Steps).Select(step => step.ToString(CultureInfo.InvariantCulture)), steps);
    }

    [Fact]
    public async Task AppHostKilled_NothingIsLeftAndTheRunGoesOnAtTheNextStart()
    {
        int[] left;
        await using (var suite = await RunningSuite.StartAsync(_folder.Path))
        {
            await TinyRun.CreateAsync(suite, Steps);
            await TinyRun.UntilAsync(suite, run => run.Step >= 40);
            left = [TinyRun.WorkerProcessId(suite), .. Processes.ChildrenOf(suite.ProcessId)];
            Assert.True(left.Length >= 6, $"{left.Length} processes");

            await suite.EndAsync(Signals.Kill);

            await Eventually.HoldsAsync(() => !left.Any(Signals.IsAlive), TimeSpan.FromSeconds(30));
        }

        await using var again = await RunningSuite.StartAsync(_folder.Path);
        var ended = await TinyRun.UntilAsync(again, run => run.State == State.Succeeded);
        Assert.Equal(Steps, ended.Step);
    }

    [Fact]
    public async Task SuiteStopped_RunIsQueuedAndGoesOnAtTheNextStart()
    {
        await using (var suite = await RunningSuite.StartAsync(_folder.Path))
        {
            await TinyRun.CreateAsync(suite, Steps, checkpointInterval: 0);
            await TinyRun.UntilAsync(suite, run => run.Step >= 40);
            var worker = TinyRun.WorkerProcessId(suite);

            Assert.Equal(0, await suite.EndAsync(Signals.Interrupt));

            await Eventually.HoldsAsync(() => !Signals.IsAlive(worker), TimeSpan.FromSeconds(20));
        }

        await using var again = await RunningSuite.StartAsync(_folder.Path);
        var ended = await TinyRun.UntilAsync(again, run => run.State == State.Succeeded);
        Assert.Equal(Steps, ended.Step);
        Assert.Contains("resumed", await TinyRun.EventsAsync(again));
    }

    [Fact]
    public async Task IndexCorruptAndRunDeletedByHand_ServiceRebuildsAndForgets()
    {
        await using (var suite = await RunningSuite.StartAsync(_folder.Path))
        {
            await TinyRun.CreateAsync(suite, steps: 5);
            await TinyRun.UntilAsync(suite, run => run.State == State.Succeeded);
        }

        var indexes = Directory.GetFiles(_folder["state"], "*.db", SearchOption.AllDirectories);
        Assert.NotEmpty(indexes);
        foreach (var index in indexes)
            File.WriteAllText(index, "this is no database");
        await using (var suite = await RunningSuite.StartAsync(_folder.Path))
        {
            Assert.Equal(State.Succeeded, (await TinyRun.GetAsync(suite)).State);
            Directory.Delete(_folder["runs/tiny"], recursive: true);
            await Eventually.HoldsAsync(async () =>
                await suite.CliAsync(["run", "list", "--json"]) is { ExitCode: 0, Output.Length: 0 });
            var show = await suite.CliAsync(["run", "show", "tiny"]);
            Assert.Contains("NotFound", show.Error, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();
}
