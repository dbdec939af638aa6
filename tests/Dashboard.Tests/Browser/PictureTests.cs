namespace Platform.Dashboard.Tests.Browser;

/// <summary>Pictures of every page, for looking at: set DASHBOARD_PICTURES to the folder that they go to.</summary>
public sealed class PictureTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private static readonly (string Name, string Path)[] s_pages =
    [
        ("overview", ""), ("runs", "runs?trials=true&pick=stories-base,shakespeare-char"),
        ("compare", "runs/compare?runs=stories-base,shakespeare-char,stories-long,stopped-early"),
        ("run", "runs/stories-long"), ("run-smooth", "runs/stories-long?smooth=100&log=true&tab=log"),
        ("run-failed", "runs/wide-try?tab=events"), ("run-checkpoints", "runs/stories-base?tab=checkpoints"),
        ("run-configuration", "runs/stories-base?tab=configuration"),
        ("new-run", "runs/new"), ("sweeps", "sweeps"), ("sweep", "sweeps/lora-rank"), ("evaluations", "evaluations"),
        ("evaluation", "evaluations/stories-endings?only=wrong"), ("tokenizers", "tokenizers"),
        ("datasets", "datasets?preview=datasets%2Fstories"),
        ("playground", "playground?model=runs%2Fstories-base"), ("not-found", "runs/never-was"),
    ];

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task Pages_AtAWidthInAColour_ArePictured(int width, bool dark)
    {
        var folder = Environment.GetEnvironmentVariable("DASHBOARD_PICTURES");
        Assert.SkipWhen(folder is null, "Set DASHBOARD_PICTURES to a folder to have pictures of every page.");
        await using var tab = await fixture.OpenAsync(width, dark);
        foreach (var (name, path) in s_pages)
        {
            await tab.GoAsync(path);
            if (name == "playground")
                await tab.Page.GetByText("Generate", new() { Exact = true }).ClickAsync();
            if (name == "evaluation")
                await tab.Page.Locator("summary").First.ClickAsync();
            await tab.Page.WaitForTimeoutAsync(1_500);
            var file = $"{folder}/{name}-{width}-{(dark ? "dark" : "light")}.png";
            await tab.Page.ScreenshotAsync(new() { Path = file, FullPage = true });
        }
    }
}
