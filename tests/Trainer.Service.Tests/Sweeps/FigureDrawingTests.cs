using System.Globalization;
using System.Xml.Linq;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Sweeps.Figures;
using SkiaSharp;

namespace Platform.Trainer.Service.Tests.Sweeps;

public sealed class FigureDrawingTests
{
    private const int Faint = (int)(255 * IFigureCanvas.FillOpacity) + 1;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    public static TheoryData<FigureKind> Kinds =>
        [FigureKind.Bars, FigureKind.Lines, FigureKind.Radar, FigureKind.Parallel, FigureKind.HeatMap];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ToPng_EveryKind_HasTheShapesOfTheSvgWhereTheyStand(FigureKind kind)
    {
        var figure = Example(kind);
        var svg = XDocument.Parse(FigureDrawing.ToSvg(figure)).Root!;
        using var png = SKBitmap.Decode(FigureDrawing.ToPng(figure).Span);

        Assert.Equal((2 * (int)Number(svg, "width"), 2 * (int)Number(svg, "height")), (png.Width, png.Height));
        Assert.Equal(SKColors.White, png.GetPixel(2, 2));
        // Rectangles near a corner, where no word and no other shape lies on them; circles in the middle.
        var shapes = svg.Elements(s_svg + "rect").Skip(1)
            .Select(r => (X: Number(r, "x") + 2, Y: Number(r, "y") + 2, Shape: r))
            .Concat(svg.Elements(s_svg + "circle").Select(c => (X: Number(c, "cx"), Y: Number(c, "cy"), Shape: c)));
        var count = 0;
        foreach (var (x, y, shape) in shapes)
        {
            var wanted = SKColor.Parse(shape.Attribute("fill")!.Value);
            var drawn = png.GetPixel((int)(2 * x), (int)(2 * y));
            // What a later shape fills faintly may lie over it.
            Assert.InRange(drawn.Red - wanted.Red, -Faint, Faint);
            Assert.InRange(drawn.Green - wanted.Green, -Faint, Faint);
            Assert.InRange(drawn.Blue - wanted.Blue, -Faint, Faint);
            count++;
        }

        Assert.True(kind == FigureKind.Parallel || count >= 4);
        // Lines, with the middle of the first stretch of each.
        foreach (var path in svg.Elements(s_svg + "path").Where(p => p.Attribute("stroke")!.Value != "#e3e8ee"))
        {
            var numbers = path.Attribute("d")!.Value.Split([' ', 'M', 'L', 'Z'], StringSplitOptions.RemoveEmptyEntries)
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            var (x, y) = (numbers[0] + numbers[2], numbers[1] + numbers[3]);
            Assert.NotEqual(SKColors.White, png.GetPixel((int)x, (int)y));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ToPng_Words_AreWrittenWhereTheSvgHasThem(FigureKind kind)
    {
        var figure = Example(kind);
        var svg = XDocument.Parse(FigureDrawing.ToSvg(figure)).Root!;
        using var png = SKBitmap.Decode(FigureDrawing.ToPng(figure).Span);

        foreach (var text in svg.Elements(s_svg + "text").Where(t => t.Attribute("transform") is null))
        {
            var (x, y) = (Number(text, "x"), Number(text, "y"));
            var left = text.Attribute("text-anchor")!.Value switch { "start" => x, "end" => x - 6, _ => x - 3 };
            var colours = new HashSet<SKColor>();
            for (var px = (int)(2 * left); px < (int)(2 * (left + 6)); px++)
            {
                for (var py = (int)(2 * (y - 9)); py <= (int)(2 * (y + 2)); py++)
                    colours.Add(png.GetPixel(px, py));
            }

            Assert.True(colours.Count > 2, $"Nothing is written at {x}, {y}: {text.Value}");
        }
    }

    [Fact]
    public void ToSvg_BarsOfRepeats_HaveWhiskersThatTheScaleReaches()
    {
        // Bug guarded: the scale was that of the means, so that whiskers left the picture.
        var figure = Example(FigureKind.Bars);
        figure.Series[0].Deviation.AddRange([0.5, 0, 3]);

        var svg = XDocument.Parse(FigureDrawing.ToSvg(figure)).Root!;

        // Upright, with two ends each; a repeat that was alone has none.
        var lines = svg.Elements(s_svg + "line").Where(line => line.Attribute("stroke-width")?.Value == "1.5").ToList();
        Assert.Equal(2 * 3, lines.Count);
        var upright = lines.Where(line => Number(line, "x1") == Number(line, "x2")).ToList();
        Assert.Equal(2, upright.Count);
        var axis = svg.Elements(s_svg + "line").Where(line => line.Attribute("stroke")!.Value == "#3a4653")
            .Max(line => Number(line, "y1"));
        foreach (var line in upright)
        {
            var ends = new[] { Number(line, "y1"), Number(line, "y2") };
            Assert.InRange(ends.Min(), 52, axis);
            Assert.InRange(ends.Max(), 52, axis);
        }

        // Six times the deviation, on one scale.
        Assert.Equal(6, Length(upright[1]) / Length(upright[0]), 1);

        static double Length(XElement line) => Math.Abs(Number(line, "y1") - Number(line, "y2"));
    }

    [Fact]
    public void Fonts_ComeWithTheService()
    {
        Assert.Equal(("Inter", 400), (FigureFonts.Regular.FamilyName, FigureFonts.Regular.FontWeight));
        Assert.Equal(("Inter", 600), (FigureFonts.Bold.FamilyName, FigureFonts.Bold.FontWeight));
        // What figures are written with has a shape of its own: no letter is the box of those that are missing.
        Assert.All("AZaz09.,–·:()-_/×−", letter => Assert.NotEqual(0, FigureFonts.Regular.GetGlyph(letter)));
    }

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static SweepFigure Example(FigureKind kind)
    {
        var figure = new SweepFigure { Key = "example", Title = "An example", Kind = kind, XTitle = "x", YTitle = "y" };
        if (kind is FigureKind.Bars or FigureKind.HeatMap)
            figure.Categories.AddRange(["one", "two", "three"]);
        if (kind is FigureKind.Radar or FigureKind.Parallel)
        {
            figure.Axes.AddRange(Enumerable.Range(0, 3).Select(i => new FigureAxis
            {
                Name = $"axis {i}",
                Min = 0,
                Max = 2,
                Labels = { i < 2 ? ["a", "b", "c"] : [] },
            }));
        }

        figure.Series.Add(Series("first", 0, 1.5, 0.5));
        figure.Series.Add(Series("second", 2, 0.25, 1));
        return figure;

        FigureSeries Series(string name, params double[] values)
        {
            var series = new FigureSeries { Name = name, Y = { values } };
            if (kind == FigureKind.Lines)
                series.X.AddRange([1, 2, 4]);
            return series;
        }
    }
}
