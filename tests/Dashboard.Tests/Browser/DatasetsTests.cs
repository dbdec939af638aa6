using Microsoft.Playwright;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>The data sets' page. A suite of its own, whose data sets it adds to.</summary>
public sealed class DatasetsTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Preview_OfADataset_DrawsItsLengths()
    {
        await using var tab = await fixture.OpenAsync();

        await tab.GoAsync("datasets?preview=datasets%2Fstories-tokens");

        var drawing = tab.Page.GetByRole(AriaRole.Img, new() { Name = "Lengths of its documents" });
        await Assertions.Expect(drawing.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(tab.Page.GetByText("31 to 211 tokens, 78 on average.")).ToBeVisibleAsync();
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Make_InstructionsOfAKnownDataset_SendsItsSettings()
    {
        await using var tab = await fixture.OpenAsync();
        var datasets = await tab.DatasetsAsync();

        await datasets.ChooseAsync("From", "catalog");
        await datasets.ChooseAsync("Known data set", "tinyshakespeare");
        await datasets.ChooseAsync("Holds", "instructions");
        await datasets.FillAsync("Prompt", "alpaca-litgpt");
        await datasets.ChooseAsync("Layout", "padded");
        await datasets.FillAsync("Sequence length", "256");
        await tab.Page.GetByLabel("leave the prompt out of the loss").UncheckAsync();
        await datasets.MakeAsync("taught");

        await Assertions.Expect(datasets.Row("taught")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        DatasetSpec spec;
        lock (fixture.Suite.World.Lock)
            spec = fixture.Suite.World.Datasets.Single(dataset => dataset.Name == "datasets/taught").Spec;
        Assert.Equal(["catalog:tinyshakespeare"], spec.Inputs);
        Assert.Equal(("alpaca-litgpt", 256, false),
            (spec.Template, spec.Instructions.SequenceLength, spec.Instructions.MaskPrompt));
        await tab.ExpectNoComplaintsAsync();
    }
}
