using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>
/// What many browsers on one live run cost the Dashboard's process: DASHBOARD_MEASURE_SECONDS says for how long to look
/// (docs/measure-dashboard). Prints one JSON object a figure, as the benchmarks do.
/// </summary>
public sealed class SpeedMeasurements(BrowserFixture fixture, ITestOutputHelper output) : IClassFixture<BrowserFixture>
{
    private const string SecondsVariable = "DASHBOARD_MEASURE_SECONDS";
    private const string LiveRun = "goes-on";
    private const int Browsers = 10;
    private const int LongSteps = 200_000;
    private const int Compared = 20;
    private const int InTable = 200;

    private static double Seconds =>
        double.Parse(Environment.GetEnvironmentVariable(SecondsVariable)!, CultureInfo.InvariantCulture);

    [Fact]
    public async Task LiveRun_TenBrowsers_ProcessorAndMemoryOfTheDashboard()
    {
        SkipUnlessAsked();
        using var trainer = new TrainerProcess([], LiveRun);
        using var ending = new CancellationTokenSource();
        var training = trainer.TrainOnAsync(LiveRun, ending.Token);
        await using var dashboard = await DashboardProcess.StartAsync(ServicesWith(trainer));
        var tabs = new List<EndToEnd.Tests.Pages.DashboardTab>();
        for (var i = 0; i < Browsers; i++)
        {
            var tab = await EndToEnd.Tests.Pages.DashboardTab.OpenAsync(fixture.Chromium, dashboard.Address);
            tabs.Add(tab);
            await (await tab.RunAsync(LiveRun)).ExpectMorePointsAsync("Loss", 0, 120);
        }

        var first = await new EndToEnd.Tests.Pages.RunTab(tabs[0]).PointsAsync("Loss");
        using var process = Process.GetProcessById(dashboard.ProcessId);
        var (begin, cpu, memory) = (Stopwatch.StartNew(), process.TotalProcessorTime, new List<double>());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(1, Seconds / 10)));
        while (begin.Elapsed.TotalSeconds < Seconds)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            process.Refresh();
            memory.Add(process.WorkingSet64 / 1e6);
        }

        Say("cores", (process.TotalProcessorTime - cpu).TotalSeconds / begin.Elapsed.TotalSeconds, "cores", Browsers);
        foreach (var (i, megabytes) in memory.Index())
            Say($"memory_{i + 1}_of_{memory.Count}", megabytes, "MB", Browsers);
        var last = await Task.WhenAll(tabs.Select(tab => new EndToEnd.Tests.Pages.RunTab(tab).PointsAsync("Loss")));
        Say("points_drawn_least", last.Min() - first, "points", Browsers);
        foreach (var tab in tabs)
            await tab.DisposeAsync();
        await ending.CancelAsync();
        await training;
    }

    [Fact]
    public async Task Pages_ManyPointsAndRuns_TimeUntilDrawn()
    {
        SkipUnlessAsked();
        using var trainer = new TrainerProcess(
            [("long", LongSteps), .. Enumerable.Range(0, InTable).Select(i => ($"many-{i}", 2_000))]);
        await using var dashboard = await DashboardProcess.StartAsync(ServicesWith(trainer));
        await using var tab = await EndToEnd.Tests.Pages.DashboardTab.OpenAsync(fixture.Chromium, dashboard.Address);

        // The first pages load the scripts and wait for the service, which reads the folders.
        await (await tab.RunAsync("many-0")).ExpectMorePointsAsync("Loss", 0, 120);
        var run = await tab.RunsAsync();
        var clock = Stopwatch.StartNew();
        var page = await tab.RunAsync("long");
        await page.ExpectMorePointsAsync("Loss", LongSteps - 1, 120);
        Say("first_curve", clock.Elapsed.TotalSeconds, "s", LongSteps);

        var box = (await page.Drawing("Loss").BoundingBoxAsync())!;
        await tab.Page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + (box.Height / 2));
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync(box.X + (box.Width * 0.5f), box.Y + (box.Height / 2), new() { Steps = 5 });
        clock.Restart();
        await tab.Page.Mouse.UpAsync();
        await tab.Page.WaitForFunctionAsync(
            "most => parseInt(document.querySelector('section[aria-label=Loss] .board-caption').textContent.replaceAll(',', '')) < most",
            LongSteps / 2,
            new() { Timeout = 60_000 });
        Say("zoom", clock.Elapsed.TotalSeconds, "s", LongSteps);

        clock.Restart();
        run = await tab.RunsAsync("?q=many-&size=200");
        await Assertions.Expect(run.Rows).ToHaveCountAsync(InTable);
        Say("table", clock.Elapsed.TotalSeconds, "s", InTable);

        clock.Restart();
        var compare = await tab.CompareAsync([.. Enumerable.Range(0, Compared).Select(i => $"many-{i}")]);
        await Assertions.Expect(compare.Drawing("Training loss")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("many-19 "));
        Say("compare", clock.Elapsed.TotalSeconds, "s", Compared);
    }

    private Dictionary<string, string> ServicesWith(TrainerProcess trainer) => new(fixture.Suite.Environment)
    {
        ["services__trainer__grpc__0"] = $"http://127.0.0.1:{trainer.Port}",
    };

    private static void SkipUnlessAsked() => Assert.SkipWhen(
        Environment.GetEnvironmentVariable(SecondsVariable) is null, $"Only where {SecondsVariable} is set (docs/measure-dashboard).");

    private void Say(string name, double value, string unit, int size) => output.WriteLine(JsonSerializer.Serialize(
        new { name = "dashboard_" + name, value = Math.Round(value, 3), unit, settings = new { size } }));
}
