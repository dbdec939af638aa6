using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>The tokenizers' page. A suite of its own, whose tokenizers it adds to.</summary>
public sealed class TokenizersTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Playground_TwoTokenizers_CutTheSameTextBesideOneAnother()
    {
        await using var tab = await fixture.OpenAsync();
        var tokenizers = await tab.TokenizersAsync();
        await Assertions.Expect(tokenizers.Tokens.First).ToBeVisibleAsync();
        await Assertions.Expect(tokenizers.Comparison).ToHaveCountAsync(0);

        await tokenizers.CompareWithAsync("tokenizers/gpt2");
        await tokenizers.TypeAsync("ab é");

        await Assertions.Expect(tokenizers.ComparedTokens).ToHaveTextAsync(["ab", "·é"]);
        await Assertions.Expect(tokenizers.Tokens.Nth(1))
            .ToHaveAttributeAsync("title", new Regex("20 c3 a9\nU\\+0020 U\\+00E9$"));
        await Assertions.Expect(tokenizers.Comparison).ToHaveCountAsync(2);
        await Assertions.Expect(tokenizers.Comparison.Nth(1)).ToContainTextAsync("gpt2");
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex("with=tokenizers"));
        await tab.ExpectNoComplaintsAsync();
        if (Environment.GetEnvironmentVariable("DASHBOARD_PICTURES") is { } folder)
            await tab.Page.ScreenshotAsync(new() { Path = $"{folder}/tokenizers-compared.png", FullPage = true });
    }

    [Fact]
    public async Task Train_FromThePage_ShowsItsProgressAndEnds()
    {
        await using var tab = await fixture.OpenAsync();
        var tokenizers = await tab.TokenizersAsync();

        await tokenizers.TrainAsync("datasets/stories", "fresh-one");

        await Assertions.Expect(tokenizers.Row("fresh-one"))
            .ToContainTextAsync("merging pairs", new() { Timeout = 30_000 });
        await Assertions.Expect(tokenizers.Row("fresh-one"))
            .ToContainTextAsync("succeeded", new() { Timeout = 60_000 });
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Study_OfSizes_IsATableAndTwoCharts()
    {
        await using var tab = await fixture.OpenAsync();
        var tokenizers = await tab.TokenizersAsync();

        // Bug guarded: without a text there were a table of zeros and a chart without bars.
        await tokenizers.StudyAsync("");
        await Assertions.Expect(tab.Page.GetByText("Name a source or give a text")).ToBeVisibleAsync();
        await tokenizers.StudyAsync("Some text to be cut.");

        await Assertions.Expect(tokenizers.Sizes).ToHaveCountAsync(3, new() { Timeout = 60_000 });
        await Assertions.Expect(tokenizers.Sizes.Last).ToContainTextAsync("1,572,864");
        foreach (var title in new[] { "Bytes a token", "Embedding parameters, millions" })
        {
            var drawing = tab.Page.GetByRole(AriaRole.Img, new() { Name = title });
            await Assertions.Expect(drawing.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        }

        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Import_FromThePage_AddsARow()
    {
        await using var tab = await fixture.OpenAsync();
        var tokenizers = await tab.TokenizersAsync();

        await tokenizers.ImportAsync("hf:me/mine", "brought-in");

        await Assertions.Expect(tokenizers.Row("brought-in")).ToHaveCountAsync(1);
        await tab.ExpectNoComplaintsAsync();
    }
}
