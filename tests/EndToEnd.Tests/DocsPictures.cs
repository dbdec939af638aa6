using Microsoft.Playwright;
using Platform.EndToEnd.Tests.Pages;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>
/// The pictures of the documentation, of what the quickstart left: docs/make-images sets their folder.
/// </summary>
public sealed class DocsPictures(QuickstartFixture fixture)
{
    private const string FolderVariable = "PLATFORM_DOCS_IMAGES";
    private const string Prompt = "Emma%20had%20a%20duck%20called%20Patch.";
    private const int Wide = 1280;
    private const int Phone = 390;

    [Fact]
    public async Task Pages_AfterQuickstart_ArePictured()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, $"Only where {FolderVariable} names a folder (docs/make-images).");
        Directory.CreateDirectory(folder);
        await using var chromium = await Chromium.StartAsync();
        var id = fixture.Id;
        (string Name, string Path, int Width, bool Dark)[] pages =
        [
            ("run", $"runs/{id}", Wide, false),
            ("run-dark", $"runs/{id}?smooth=20&log=loss", Wide, true),
            ("run-phone", $"runs/{id}", Phone, false),
            ("runs", "runs?trials=true", Wide, false),
            ("new-run", $"runs/new?from=runs%2F{id}", Wide, false),
            (
                "compare",
                $"runs/compare?runs={id}-1,{id}-3,{id}-5,{id}-7&series=train_loss,validation_loss",
                Wide,
                false),
            ("sweep", $"sweeps/{id}", Wide, false),
            ("evaluation", $"evaluations/{id}?only=wrong", Wide, false),
            ("tokenizers", "tokenizers?with=tokenizers%2Fo200k", Wide, false),
            ("datasets", $"datasets?preview=datasets%2F{id}-stories-tokens", Wide, false),
            (
                "playground",
                $"playground?model=runs%2F{id}&second=runs%2F{id}-7&max_tokens=60&prompt={Prompt}",
                Wide,
                false),
        ];
        foreach (var (name, path, width, dark) in pages)
        {
            await using var tab = await DashboardTab.OpenAsync(chromium, fixture.Suite.DashboardAddress, width, dark);
            await tab.GoAsync(path);
            await PrepareAsync(name, tab);
            await TakeAsync(tab, folder, name);
        }

        await TakeOverviewAsync(chromium, folder);
    }

    // What a reader would have done before the page looks like this.
    private static async Task PrepareAsync(string name, DashboardTab tab)
    {
        if (name == "playground")
        {
            var playground = new PlaygroundTab(tab);
            await playground.GenerateAsync();
            await Assertions.Expect(playground.Outcome).ToContainTextAsync("tok/s", new() { Timeout = 60_000 });
        }

        if (name == "evaluation")
        {
            await new EvaluationTab(tab).OpenFirstAsync();
            await Assertions.Expect(new EvaluationTab(tab).Endings).ToHaveCountAsync(4);
        }
    }

    // Something runs on it.
    private async Task TakeOverviewAsync(Chromium chromium, string folder)
    {
        var run = "overview-" + Guid.NewGuid().ToString("N")[..4];
        var created = await fixture.Suite.CliAsync(
        [
            "run", "create", "--dataset", $"{fixture.Id}-stories-tokens", "--steps", "20000", "--id", run, "--detach",
            "--set", "model.n_layer=2", "--set", "model.n_head=2",
            "--set", "model.n_embd=64", "--set", "model.block_size=128",
        ]);
        Assert.True(created.ExitCode == 0, created.ToString());
        await using var tab = await DashboardTab.OpenAsync(chromium, fixture.Suite.DashboardAddress, Wide);
        var overview = await tab.OverviewAsync();
        await Assertions.Expect(overview.RunningNow).ToContainTextAsync("tok/s", new() { Timeout = 90_000 });
        await Assertions.Expect(overview.RunningNow).ToContainTextAsync(" left", new() { Timeout = 90_000 });
        await TakeAsync(tab, folder, "overview");
        await fixture.Suite.CliAsync(["run", "cancel", run]);
    }

    // Streams have a moment to come; whoever looks at the pictures sees whether it was enough.
    private static async Task TakeAsync(DashboardTab tab, string folder, string name)
    {
        await tab.Page.WaitForTimeoutAsync(2_000);
        await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
    }
}
