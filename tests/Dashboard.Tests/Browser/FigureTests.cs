using System.Text.RegularExpressions;
using Platform.EndToEnd.Tests.Pages;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>What figures.js draws, by what ECharts was left with: a picture cannot be asked.</summary>
public sealed partial class FigureTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const string Bars =
        """
        { key: "objective", title: "Loss", kind: "BARS", xTitle: "rank", yTitle: "loss", logX: false,
          categories: ["2", "8", "32"],
          series: [{ name: "reviews", x: [], y: [1.5, 1.25, 1.75], deviation: [0.25, 0.75, 0] },
                   { name: "stories", x: [], y: [2, null, 1.5], deviation: [0.5, 0, 0.25] }] }
        """;

    private const string Lines =
        """
        { key: "rank-loss", title: "Loss by rank", kind: "LINES", xTitle: "rank", yTitle: "loss", logX: true,
          categories: [],
          series: [{ name: "reviews", x: [LEAST, 4, 16], y: [1.5, 1.25, 1.75], deviation: [] }] }
        """;

    [Fact]
    public async Task Bars_Repeats_HaveWhiskersInTheMiddleOfTheirBarsAndOnTheScale()
    {
        await using var tab = await fixture.OpenAsync();
        await ShowAsync(tab, Bars);

        // Upright lines, and the middles of the bars; a repeat that was alone has no whisker.
        var drawn = await tab.Page.EvaluateAsync<Drawn>(
            """
            () => {
              const all = window.drawing.getZr().storage.getDisplayList(true);
              const lines = all.filter((e) => e.type === "line" && e.style.lineWidth === 1.5);
              const area = window.drawing.getModel().getComponent("grid").coordinateSystem.getRect();
              return {
                lines: lines.length,
                upright: lines.filter((e) => e.shape.x1 === e.shape.x2).map((e) => e.shape.x1).sort((a, b) => a - b),
                bars: all.filter((e) => e.type === "rect" && e.shape.width < 100 && Math.abs(e.shape.height) > 20)
                  .map((e) => e.shape.x + e.shape.width / 2).sort((a, b) => a - b),
                outside: lines.filter((e) => Math.min(e.shape.y1, e.shape.y2) < area.y - 1
                  || Math.max(e.shape.y1, e.shape.y2) > area.y + area.height + 1).length,
              };
            }
            """);

        Assert.Equal(3 * 4, drawn.Lines);
        Assert.Equal(0, drawn.Outside);
        Assert.Equal(4, drawn.Upright.Length);
        Assert.All(drawn.Upright, x => Assert.Contains(drawn.Bars, bar => Math.Abs(bar - x) < 1.5));
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Bars_SavedAsSvg_HaveTheirWhiskers()
    {
        await using var tab = await fixture.OpenAsync();
        await ShowAsync(tab, Bars);

        var download = await tab.Page.RunAndWaitForDownloadAsync(
            () => tab.Page.EvaluateAsync("window.figure.save('svg')"));

        using var reader = new StreamReader(await download.CreateReadStreamAsync());
        Assert.Equal(3 * 4, WhiskerLine().Count(await reader.ReadToEndAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("1", "16")]
    [InlineData("0.0003", "16")]
    public async Task Lines_LogarithmicAxis_NumbersAreRound(string least, string end)
    {
        // Bug guarded: the end of the axis was 15.999999999999995.
        await using var tab = await fixture.OpenAsync();
        await ShowAsync(tab, Lines.Replace("LEAST", least, StringComparison.Ordinal));

        var words = await tab.Page.EvaluateAsync<string[]>(
            """
            () => window.drawing.getZr().storage.getDisplayList(true)
              .filter((e) => e.type === "tspan").map((e) => e.style.text)
            """);

        Assert.Contains(end, words);
        Assert.All(words, word => Assert.InRange(word.Length, 1, 8));
    }

    // Bug guarded: of an axis' title beside short numbers the left half was cut off.
    [Theory]
    [InlineData("[4.6, 5, 8.7]", "training loss")]
    [InlineData("[1000000, 5000000, 9000000]", "trained parameters")]
    public Task Lines_WordsOfAnyLength_AreWholeInThePicture(string values, string title) => ExpectWholeWordsAsync(
        Lines.Replace("LEAST", "1", StringComparison.Ordinal)
            .Replace("[1.5, 1.25, 1.75]", values, StringComparison.Ordinal)
            .Replace("yTitle: \"loss\"", $"yTitle: \"{title}\"", StringComparison.Ordinal),
        title);

    [Theory]
    [InlineData("8")]
    [InlineData("rank 8, alpha 16, dropout 0.05")]
    public Task Bars_WordsOfAnyLength_AreWholeInThePicture(string category) => ExpectWholeWordsAsync(
        Bars.Replace("\"8\"", $"\"{category}\"", StringComparison.Ordinal), category);

    [Fact]
    public async Task Board_SeriesOfDifferentLengths_HaveOneRange()
    {
        // Bug guarded: each chart began and ended where its own points did, and one moment stood at different places.
        await using var tab = await fixture.OpenAsync();
        await tab.GoAsync("sweeps/lora-rank");

        var ranges = await tab.Page.EvaluateAsync<double[][]>(
            """
            async () => {
              const [{ createBoard }, { echarts }] = [await import("./charts.js"), await import("./echarts.js")];
              const place = document.createElement("div");
              place.innerHTML = ["long", "short"].map((key) => `<p data-caption="${key}"></p>`
                + `<div data-chart="${key}" style="width: 500px; height: 200px"></div>`).join("");
              document.body.append(place);
              const steps = { long: [1, 20, 30], short: [5, 12] };
              const frame = Object.values(steps).flatMap((of) => [
                new Uint8Array(new Uint32Array(of).buffer), new Uint8Array(new Float64Array(of).buffer),
                ...Array.from({ length: 3 }, () => new Uint8Array(new Float32Array(of).buffer))]);
              const bytes = new Uint8Array(frame.flatMap((part) => [...part]));
              const board = createBoard(place, null, {});
              board.load({}, Object.keys(steps).map((key) => ({ key, title: key, format: "small" })),
                Object.entries(steps).map(([key, of]) => ({ key: `run/${key}`, chart: key, label: key, colour: 0,
                  bucketSteps: 1, points: of.length, count: of.length, smoothed: false, halfLife: 0, resumes: [] })),
                bytes);
              board.setView({});
              const drawn = () => [...place.querySelectorAll("[data-chart]")].map((e) => echarts.getInstanceByDom(e));
              while (drawn().some((chart) => !chart)) await new Promise(requestAnimationFrame);
              return drawn().map((chart) => chart.getModel().getComponent("xAxis").axis.scale.getExtent());
            }
            """);

        Assert.Equal([[1, 30], [1, 30]], ranges);
        await tab.ExpectNoComplaintsAsync();
    }

    // Every word lies within the picture, and the axes' titles clear of the words along them.
    private async Task ExpectWholeWordsAsync(string figure, string word)
    {
        await using var tab = await fixture.OpenAsync();
        await ShowAsync(tab, figure);

        var words = await tab.Page.EvaluateAsync<string[][]>(
            """
            () => {
              const words = window.drawing.getZr().storage.getDisplayList(true)
                .filter((e) => e.type === "tspan" && !e.invisible);
              const placeOf = (e) => {
                const place = e.getBoundingRect().clone();
                if (e.transform) place.applyTransform(e.transform);
                return place;
              };
              const isCut = (e) => {
                const { x, y, width, height } = placeOf(e);
                return x < 0 || y < 0 || x + width > 600 || y + height > 300;
              };
              const isTouched = (e) => words.some((other) => other !== e && placeOf(e).intersect(placeOf(other)));
              return [words, words.filter(isCut), words.filter(isTouched)].map((some) => some.map((e) => e.style.text));
            }
            """);

        Assert.Contains(word, words[0]);
        Assert.Empty(words[1]);
        Assert.Empty(words[2]);
    }

    private static async Task ShowAsync(DashboardTab tab, string figure)
    {
        await tab.GoAsync("sweeps/lora-rank");
        await tab.Page.EvaluateAsync(
            $$"""
            async () => {
              const [{ createFigure }, { echarts }] = [await import("./figures.js"), await import("./echarts.js")];
              const place = document.createElement("div");
              place.style = "width: 600px; height: 300px";
              document.body.append(place);
              window.figure = createFigure(place);
              window.figure.show({{figure}}, false);
              window.drawing = echarts.getInstanceByDom(place);
              window.drawing.getZr().refreshImmediately();
            }
            """);
    }

    [GeneratedRegex("stroke-width=\"1.5\"")]
    private static partial Regex WhiskerLine();

    private sealed record Drawn(int Lines, double[] Upright, double[] Bars, int Outside)
    {
        public Drawn()
            : this(0, [], [], 0)
        {
        }
    }
}
