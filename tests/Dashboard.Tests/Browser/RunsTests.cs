using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>The table of runs and what is done from it. A suite of its own, whose runs it changes.</summary>
public sealed class RunsTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Chosen_TwoRuns_AreComparedByWhatDiffers()
    {
        await using var tab = await fixture.OpenAsync();
        var runs = await tab.RunsAsync();
        await runs.ChooseAsync("Stories, small GPT");
        await runs.ChooseAsync("Stopped by hand");
        await Assertions.Expect(runs.Chosen).ToContainTextAsync("2 chosen");

        await runs.PressAsync("Compare");

        await Assertions.Expect(tab.Heading).ToHaveTextAsync("Compare runs");
        var compare = new EndToEnd.Tests.Pages.CompareTab(tab);
        await Assertions.Expect(compare.Runs).ToHaveCountAsync(2);
        await Assertions.Expect(compare.Drawing("Validation loss"))
            .ToHaveAttributeAsync(
                "aria-label",
                new Regex(@"Stories, small GPT [\d.]+ at step 2,000, Stopped by hand [\d.]+ at step 350"));
        await Assertions.Expect(compare.Settings).ToHaveCountAsync(2);
        await Assertions.Expect(compare.Settings.First).ToContainTextAsync("max_steps");
        await Assertions.Expect(compare.Figures.Filter(new() { HasText = "Training loss" }))
            .ToContainTextAsync(new Regex(@"\+\d\.\d+ \(\+[\d.]+ %\)"));
        await Assertions.Expect(compare.Samples).ToContainTextAsync("there was a baker called Mira");

        await compare.TakeAsBaselineAsync("Stopped by hand");
        await compare.ToggleEqualAsync();

        await Assertions.Expect(tab.Page)
            .ToHaveURLAsync(new Regex("base=stopped-early.*equal=True", RegexOptions.IgnoreCase));
        await Assertions.Expect(compare.Settings.Filter(new() { HasText = "model.n_layer" })).ToHaveCountAsync(1);
        await Assertions.Expect(compare.Figures.Filter(new() { HasText = "Training loss" })).ToContainTextAsync("−");
        await tab.Page.GetByText("a row for each run").ClickAsync();
        await Assertions.Expect(compare.Figures).ToHaveCountAsync(2);
        await Assertions.Expect(compare.Figures.First).ToContainTextAsync("Stories, small GPT");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Filter_RefusedInALink_CanBeMendedOnThePage()
    {
        // Bug guarded: the page said what is wrong with the filter and had no field to write another one in.
        await using var tab = await fixture.OpenAsync();
        var runs = await tab.RunsAsync("?q=state%3Anonsense");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("'nonsense' is none of");

        await runs.FindAsync("Stopped by hand");

        await Assertions.Expect(runs.Rows).ToHaveCountAsync(1);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Compare_OfARunThatTrains_ItsCurveGrows()
    {
        await using var tab = await fixture.OpenAsync();
        var compare = await tab.CompareAsync("stories-base", "stories-long", "never-was");

        await Assertions.Expect(tab.Page.GetByText("Not there, perhaps deleted: never-was.")).ToBeVisibleAsync();
        var drawing = compare.Drawing("Training loss");
        await Assertions.Expect(drawing)
            .ToHaveAttributeAsync("aria-label", new Regex("Stories, long run [\\d.]+ at step"));
        var before = await drawing.GetAttributeAsync("aria-label");
        await Assertions.Expect(drawing).Not.ToHaveAttributeAsync("aria-label", before!);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Table_RunRenamedTaggedAndDeleted_IsSoInTheTable()
    {
        fixture.Suite.World.AddEnded("to-change", "Before");
        await using var tab = await fixture.OpenAsync();
        var runs = await tab.RunsAsync();
        await runs.ChooseAsync("Before");

        await runs.PressAsync("Rename, tag");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("After");
        await tab.Page.GetByLabel("Tags", new() { Exact = true }).FillAsync("fine, small");
        await tab.Page.GetByText("Save", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(runs.Row("After")).ToContainTextAsync("fine");
        await runs.Row("After").GetByText("fine", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("tag=fine"));
        await Assertions.Expect(runs.Rows).ToHaveCountAsync(1);

        await runs.PressAsync("Delete");
        await Assertions.Expect(tab.Page.GetByText("This cannot be undone.")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Dialog).GetByText("Delete", new() { Exact = true }).ClickAsync();

        await Assertions.Expect(tab.Page.GetByText("No run matches.")).ToBeVisibleAsync();
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Checkpoint_Exported_SaysWhereTheFilesAreAndRefusesTheSameFolder()
    {
        await using var tab = await fixture.OpenAsync();
        var run = await tab.RunAsync("stories-base", "?tab=checkpoints");
        await run.Details.GetByText("export", new() { Exact = true }).First.ClickAsync();
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Format").SelectOptionAsync("Gguf");
        await dialog.GetByLabel("Folder").FillAsync("mine");

        await dialog.GetByText("Export", new() { Exact = true }).ClickAsync();

        await Assertions.Expect(dialog).ToContainTextAsync("/data/exports/mine");
        await Assertions.Expect(dialog).ToContainTextAsync("Gguf.file");
        await dialog.GetByText("Close", new() { Exact = true }).ClickAsync();
        await run.Details.GetByText("export", new() { Exact = true }).First.ClickAsync();
        await dialog.GetByLabel("Folder").FillAsync("mine");
        await dialog.GetByText("Export", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("exists already");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Points_Saved_AreAllAndNotThoseOfTheChart()
    {
        using var client = new HttpClient();

        var lines = (await client.GetStringAsync(
            fixture.Dashboard.Address + "/runs/stories-base/files/metrics?series=train_loss",
            TestContext.Current.CancellationToken)).TrimEnd().Split('\n');

        Assert.Equal("series,step,value", lines[0]);
        Assert.Equal(Enumerable.Range(1, 2_000), lines.Skip(1).Select(l => int.Parse(l.Split(',')[1], null)));
        var missing = await client.GetAsync(
            fixture.Dashboard.Address + "/runs/never-was/files/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Table_ColumnShown_StandsInTheUrlAndSorts()
    {
        await using var tab = await fixture.OpenAsync();
        var runs = await tab.RunsAsync("?trials=true");

        await runs.ToggleColumnAsync("Tokens");
        await runs.SortByAsync("Tokens");
        await runs.SortByAsync("Tokens");

        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("cols=.*tokens.*sort=tokens(%20|\\+)desc"));
        await Assertions.Expect(runs.Rows.First).ToContainTextAsync("Stories, long run");
        await tab.ExpectNoComplaintsAsync();
    }

    // Guards against presses that were lost while the browser had not shown the address of the one before.
    [Fact]
    public async Task Table_PressedTwiceAtOnce_LosesNeither()
    {
        await using var tab = await fixture.OpenAsync();
        var runs = await tab.RunsAsync();

        await runs.TurnOrderTwiceAsync("Progress");

        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("sort=step(%20|\\+)desc"));
        await Assertions.Expect(runs.Rows.First).ToContainTextAsync("Stories, long run");

        await runs.ChooseAtOnceAsync(2);

        await Assertions.Expect(runs.Chosen).ToContainTextAsync("2 chosen");
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("sort=step(%20|\\+)desc"));
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task NewRun_WrittenAsYaml_IsTheFormsSpecBothWays()
    {
        await using var tab = await fixture.OpenAsync();
        var form = await tab.NewRunAsync("?from=runs%2Fstories-base");
        await form.ShowAsAsync("YAML");
        await Assertions.Expect(form.Field("Spec")).ToHaveValueAsync(new Regex("max_steps: 2000"));

        await form.FillAsync("Spec", "dataset: datasets/stories-tokens\nmax_stepz: 50");
        await Assertions.Expect(form.HelpOf("Spec"))
            .ToContainTextAsync("Line 2: Unknown key 'max_stepz'. Did you mean 'max_steps'?");
        await form.FillAsync("Spec", "dataset: datasets/stories-tokens\nmax_steps: 50\nmodel:\n  n_head: 4\n");
        await form.ShowAsAsync("Form");

        await Assertions.Expect(form.Field("Steps")).ToHaveValueAsync("50");
        await Assertions.Expect(form.Field("Heads")).ToHaveValueAsync("4");
        await form.FillAsync("Name", "From YAML");
        await form.FillAsync("Id", "from-yaml");
        await form.StartAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("runs/from-yaml$"));
        await tab.ExpectNoComplaintsAsync();
    }
}
