using Platform.EndToEnd.Tests.Pages;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>The pictures of the documentation, of what the quickstart left: docs/make-images sets their folder.</summary>
public sealed class DocsPictures(QuickstartFixture fixture)
{
    private const string FolderVariable = "PLATFORM_DOCS_IMAGES";
    private const int Width = 1280;

    [Fact]
    public async Task Pages_AfterQuickstart_ArePictured()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, $"Only where {FolderVariable} names a folder (docs/make-images).");
        Directory.CreateDirectory(folder);
        await using var chromium = await Chromium.StartAsync();
        var id = fixture.Id;
        var trials = Directory.GetDirectories(Path.Combine(fixture.Suite.DataRoot, "sweeps")).Select(Path.GetFileName).First();
        var stories = Directory.GetDirectories(Path.Combine(fixture.Suite.DataRoot, "datasets")).Select(Path.GetFileName)
            .First(name => name!.EndsWith("stories-tokens", StringComparison.Ordinal));
        (string Name, string Path, bool Dark)[] pages =
        [
            ("overview", "", false),
            ("run", $"runs/{id}", false),
            ("run-dark", $"runs/{id}?smooth=20", true),
            ("runs", "runs?trials=true", false),
            ("compare", $"runs/compare?runs={trials}-1,{trials}-2,{trials}-3,{trials}-4", false),
            ("sweep", $"sweeps/{trials}", false),
            ("evaluation", $"evaluations/{id}", false),
            ("tokenizers", "tokenizers", false),
            ("datasets", $"datasets?preview=datasets%2F{stories}", false),
            ("playground", $"playground?model=runs%2F{id}", false),
        ];
        foreach (var (name, path, dark) in pages)
        {
            await using var tab = await DashboardTab.OpenAsync(chromium, fixture.Suite.DashboardAddress, Width, dark);
            await tab.GoAsync(path);
            if (name == "playground")
            {
                var playground = new PlaygroundTab(tab);
                await playground.Field("Prompt").FillAsync("Emma had a duck called Patch.");
                await playground.GenerateAsync();
            }

            // Curves and streams have a moment to come; whoever looks at the pictures sees whether it was enough.
            await tab.Page.WaitForTimeoutAsync(3_000);
            await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
        }
    }
}
