using Platform.EndToEnd.Tests.Pages;

namespace Platform.Dashboard.Tests.Browser;

public sealed class AccessibilityTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [Theory]
    [InlineData("")]
    [InlineData("", true)]
    [InlineData("runs?pick=stories-base")]
    [InlineData("runs?trials=true", true)]
    [InlineData("runs/compare?runs=stories-base,shakespeare-char,stories-long")]
    [InlineData("runs/stories-long")]
    [InlineData("runs/stories-base?tab=checkpoints", true)]
    [InlineData("runs/wide-try?tab=events")]
    [InlineData("runs/wide-try?tab=log")]
    [InlineData("runs/new")]
    [InlineData("runs/new?as=yaml", true)]
    [InlineData("sweeps")]
    [InlineData("sweeps/new")]
    [InlineData("sweeps/lora-rank")]
    [InlineData("evaluations")]
    [InlineData("evaluations/stories-endings")]
    [InlineData("tokenizers")]
    [InlineData("datasets?preview=datasets%2Fstories")]
    [InlineData("playground?model=runs%2Fstories-base", true)]
    [InlineData("no/such/page")]
    public async Task Page_LookedAtByAxe_HasNoSeriousFault(string path, bool dark = false)
    {
        var script = Axe.FindScript(RepositoryRoot.Path);
        Assert.SkipWhen(script is null, "Needs axe-core: ./test installs it by npm.");
        await using var tab = await fixture.OpenAsync(dark: dark);
        await tab.GoAsync(path);
        var faults = await Axe.FindSeriousFaultsAsync(tab.Page, script);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
