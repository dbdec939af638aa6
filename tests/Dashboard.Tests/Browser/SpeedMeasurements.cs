using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Text.Json;
using Microsoft.Diagnostics.NETCore.Client;
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
    private const int Rounds = 3;
    private const int WarmUpSeconds = 60;

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

        // Pages that were just opened are no measure of pages that stay open.
        using var http = new HttpClient { BaseAddress = new(dashboard.Address) };
        using var process = Process.GetProcessById(dashboard.ProcessId);
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(WarmUpSeconds, Seconds)), TestContext.Current.CancellationToken);
        var (heapFirst, setFirst) = await CollectedAsync(process, http);
        var first = await new EndToEnd.Tests.Pages.RunTab(tabs[0]).PointsAsync("Loss");
        var (begin, cpu, memory) = (Stopwatch.StartNew(), process.TotalProcessorTime, new List<double>());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(1, Seconds / 10)));
        while (begin.Elapsed.TotalSeconds < Seconds)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            process.Refresh();
            memory.Add(process.WorkingSet64 / 1e6);
        }

        Say("cores", (process.TotalProcessorTime - cpu).TotalSeconds / begin.Elapsed.TotalSeconds, "cores", Browsers);
        var (heapLast, setLast) = await CollectedAsync(process, http);
        Say("heap_collected_first", heapFirst, "MB", Browsers);
        Say("heap_collected_last", heapLast, "MB", Browsers);
        Say("memory_collected_first", setFirst, "MB", Browsers);
        Say("memory_collected_last", setLast, "MB", Browsers);
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
        [
            .. Enumerable.Range(0, Rounds * 3).Select(i => ($"long-{i}", LongSteps)),
            .. Enumerable.Range(0, InTable).Select(i => ($"many-{i}", 2_000)),
        ]);
        await using var dashboard = await DashboardProcess.StartAsync(ServicesWith(trainer));
        await using var tab = await EndToEnd.Tests.Pages.DashboardTab.OpenAsync(fixture.Chromium, dashboard.Address);

        // Nothing here is about a process's first page: it compiles what it runs.
        await OpenLongAsync(tab, "many-0", 0);
        await tab.RunsAsync("?q=many-&size=200");
        await tab.CompareAsync("many-0", "many-1");

        // Each time a run that the service has not read yet.
        var times = new Dictionary<string, List<double>>();
        for (var round = 0; round < Rounds; round++)
        {
            Note("first_curve", await OpenLongAsync(tab, $"long-{round * 3}", LongSteps - 1));
            Note("zoom", await ZoomAsync(tab));
            Note("first_curve_from_the_table", await OpenFromTableAsync(tab, $"long-{(round * 3) + 1}"));
            await using (var other = await EndToEnd.Tests.Pages.DashboardTab.OpenAsync(
                fixture.Chromium, dashboard.Address))
            {
                Note("first_curve_new_browser", await OpenLongAsync(other, $"long-{(round * 3) + 2}", LongSteps - 1));
            }

            Note("table", await OpenTableAsync(tab));
            Note("compare", await CompareAsync(tab));
        }

        foreach (var (name, seconds) in times)
        {
            seconds.Sort();
            var size = name switch { "table" => InTable, "compare" => Compared, _ => LongSteps };
            Say(name, seconds[Rounds / 2], "s", size);
            var each = seconds.Select(s => s.ToString("F3", CultureInfo.InvariantCulture));
            output.WriteLine($"  {name}: {string.Join(", ", each)}");
        }

        void Note(string name, double seconds)
        {
            if (!times.TryGetValue(name, out var list))
                times[name] = list = [];
            list.Add(seconds);
        }
    }

    // From the address to a curve of so many points on the page: looked at in every frame of the browser.
    private static async Task<double> OpenLongAsync(EndToEnd.Tests.Pages.DashboardTab tab, string id, long points)
    {
        var clock = Stopwatch.StartNew();
        await tab.Page.GotoAsync(tab.AddressOf($"runs/{id}"), new() { WaitUntil = WaitUntilState.Commit });
        await new EndToEnd.Tests.Pages.RunTab(tab).ExpectMorePointsAsync("Loss", points, 120);
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> OpenFromTableAsync(EndToEnd.Tests.Pages.DashboardTab tab, string id)
    {
        await tab.RunsAsync("?q=" + id);
        var link = tab.Page.GetByRole(AriaRole.Link, new() { Name = id, Exact = true });
        await link.WaitForAsync();
        var clock = Stopwatch.StartNew();
        await link.ClickAsync();
        await new EndToEnd.Tests.Pages.RunTab(tab).ExpectMorePointsAsync("Loss", LongSteps - 1, 120);
        return clock.Elapsed.TotalSeconds;
    }

    // From the button's release until the finer curve is there.
    private static async Task<double> ZoomAsync(EndToEnd.Tests.Pages.DashboardTab tab)
    {
        var page = new EndToEnd.Tests.Pages.RunTab(tab);
        var box = await tab.PointAtAsync(page.Drawing("Loss"), 0.4f);
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync(box.X + (box.Width * 0.5f), box.Y + (box.Height / 2), new() { Steps = 5 });
        var clock = Stopwatch.StartNew();
        await tab.Page.Mouse.UpAsync();
        await tab.Page.WaitForFunctionAsync(
            "most => parseInt(document.querySelector('section[aria-label=Loss] .board-caption')"
                + ".textContent.replaceAll(',', '')) < most",
            LongSteps / 2,
            new() { Timeout = 60_000 });
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> OpenTableAsync(EndToEnd.Tests.Pages.DashboardTab tab)
    {
        var clock = Stopwatch.StartNew();
        await tab.Page.GotoAsync(tab.AddressOf("runs?q=many-&size=200"), new() { WaitUntil = WaitUntilState.Commit });
        await tab.Page.WaitForFunctionAsync(
            "count => document.querySelectorAll('table[aria-label=Runs] tbody tr').length === count",
            InTable,
            new() { Timeout = 60_000 });
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> CompareAsync(EndToEnd.Tests.Pages.DashboardTab tab)
    {
        var ids = string.Join(',', Enumerable.Range(0, Compared).Select(i => $"many-{i}"));
        var clock = Stopwatch.StartNew();
        await tab.Page.GotoAsync(
            tab.AddressOf("runs/compare?runs=" + ids), new() { WaitUntil = WaitUntilState.Commit });
        await tab.Page.WaitForFunctionAsync(
            "last => document.querySelector('[data-chart=train_loss]')?.getAttribute('aria-label').includes(last)",
            $"many-{Compared - 1} ",
            new() { Timeout = 60_000 });
        return clock.Elapsed.TotalSeconds;
    }

    // What is left after a collection: what is still held, and what the process still has of the machine's memory.
    private static async Task<(double Heap, double WorkingSet)> CollectedAsync(Process process, HttpClient http)
    {
        const long collect = 0x800000;
        using (var session = new DiagnosticsClient(process.Id).StartEventPipeSession(
            [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, collect)],
            requestRundown: false))
        {
            var reading = session.EventStream.CopyToAsync(Stream.Null);
            await Task.Delay(TimeSpan.FromSeconds(2));
            await session.StopAsync(CancellationToken.None);
            await reading;
        }

        process.Refresh();
        var metrics = (await http.GetStringAsync("/metrics")).Split('\n');

        // Objects alone: the gaps between them are no longer held by anybody.
        const string heap = "dotnet_gc_last_collection_heap_";
        var held = Of(heap + "size_bytes{") - Of(heap + "fragmentation_size_bytes{");
        return (held / 1e6, process.WorkingSet64 / 1e6);

        double Of(string name) => metrics.Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture));
    }

    private Dictionary<string, string> ServicesWith(TrainerProcess trainer) => new(fixture.Suite.Environment)
    {
        ["services__trainer__grpc__0"] = $"http://127.0.0.1:{trainer.Port}",
    };

    private static void SkipUnlessAsked() => Assert.SkipWhen(
        Environment.GetEnvironmentVariable(SecondsVariable) is null,
        $"Only where {SecondsVariable} is set (docs/measure-dashboard).");

    private void Say(string name, double value, string unit, int size) => output.WriteLine(JsonSerializer.Serialize(
        new { name = "dashboard_" + name, value = Math.Round(value, 3), unit, settings = new { size } }));
}
