using System.Globalization;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>Draws figures without a browser, for documents and terminals.</summary>
internal static class FigureDrawing
{
    private const double Width = IFigureCanvas.Width;
    private const double Height = IFigureCanvas.Height;
    private const string Ink = "#3a4653";
    private const string Rule = "#e3e8ee";

    private static readonly string[] s_palette =
        ["#0b5cad", "#c2570c", "#1a7f4b", "#8b3fa8", "#b0243a", "#00798c", "#7a6200", "#5b5f97"];

    private static readonly double[] s_rings = [0.25, 0.5, 0.75, 1];

    /// <summary>The figure as an SVG picture.</summary>
    public static string ToSvg(SweepFigure figure)
    {
        var canvas = new SvgCanvas();
        Draw(canvas, figure);
        return canvas.Finish(figure.Title);
    }

    /// <summary>The figure as a PNG picture.</summary>
    public static ByteString ToPng(SweepFigure figure)
    {
        using var canvas = new PngCanvas();
        Draw(canvas, figure);
        return canvas.Finish();
    }

    private static void Draw(IFigureCanvas canvas, SweepFigure figure)
    {
        canvas.Text(16, 24, figure.Title, "start", 15, bold: true);
        switch (figure.Kind)
        {
            case FigureKind.Bars:
                Bars(canvas, figure);
                break;
            case FigureKind.Radar:
                Radar(canvas, figure);
                break;
            case FigureKind.Parallel:
                Parallel(canvas, figure);
                break;
            case FigureKind.HeatMap:
                HeatMap(canvas, figure);
                break;
            default:
                Lines(canvas, figure);
                break;
        }
    }

    private static string Colour(int i) => s_palette[i % s_palette.Length];

    private static void Bars(IFigureCanvas canvas, SweepFigure figure)
    {
        var longest = figure.Categories.Max(category => category.Length);
        var plot = new PlotArea(canvas, 70, 52, Width - 20, Height - Math.Min(150, 40 + (longest * 5.2)));
        // With what the whiskers reach.
        var finite = figure.Series.SelectMany(s => s.Y.Select((value, c) => (Value: value, Spread: SpreadOf(s, c))))
            .Where(item => double.IsFinite(item.Value)).ToList();
        var (low, high) = (finite.Min(item => item.Value - item.Spread), finite.Max(item => item.Value + item.Spread));
        // Counts begin at 0; losses lie so close together that they would all look alike.
        low = figure.Key == "parameters" ? 0 : low - ((high - low) * 0.25) - 1e-6;
        plot.ScaleY(low, high + ((high - low) * 0.05) + 1e-9, figure.YTitle);
        var slot = plot.WidthOf / figure.Categories.Count;
        var bar = slot * 0.8 / figure.Series.Count;
        for (var c = 0; c < figure.Categories.Count; c++)
        {
            for (var s = 0; s < figure.Series.Count; s++)
            {
                var value = figure.Series[s].Y[c];
                if (!double.IsFinite(value))
                    continue;
                var x = plot.Left + (slot * (c + 0.1)) + (bar * s);
                var title = $"{figure.Categories[c]}: {Number(value)}";
                canvas.Rectangle(x, plot.Y(value), bar * 0.92, plot.Bottom - plot.Y(value), Colour(s), title);
                if (SpreadOf(figure.Series[s], c) is > 0 and var spread)
                    Whisker(canvas, plot, x + (bar * 0.46), value, spread);
            }

            var middle = plot.Left + (slot * (c + 0.5));
            canvas.Text(middle + 3, plot.Bottom + 12, figure.Categories[c], "end", 9.5, -55);
        }

        canvas.Text((plot.Left + plot.Right) / 2, Height - 8, figure.XTitle);
        Legend(canvas, figure);
    }

    private static double SpreadOf(FigureSeries series, int category) =>
        series.Deviation.Count > 0 ? series.Deviation[category] : 0;

    private static void Whisker(IFigureCanvas canvas, PlotArea plot, double x, double value, double spread)
    {
        const double reach = 3;
        var (below, above) = (plot.Y(value - spread), plot.Y(value + spread));
        canvas.Line(x, below, x, above, Ink, 1.5);
        canvas.Line(x - reach, below, x + reach, below, Ink, 1.5);
        canvas.Line(x - reach, above, x + reach, above, Ink, 1.5);
    }

    private static void Lines(IFigureCanvas canvas, SweepFigure figure)
    {
        var many = figure.Series.Count > s_palette.Length;
        var plot = new PlotArea(canvas, 70, 52, Width - 20, Height - 46);
        var points = figure.Series.SelectMany(s => s.X.Zip(s.Y)).Where(p => double.IsFinite(p.Second)).ToList();
        if (points.Count == 0)
            return;
        var (low, high) = (points.Min(p => p.Second), points.Max(p => p.Second));
        plot.ScaleY(low - ((high - low) * 0.05) - 1e-9, high + ((high - low) * 0.05) + 1e-9, figure.YTitle);
        plot.ScaleX(points.Min(p => p.First), points.Max(p => p.First), figure.LogX, figure.XTitle,
            many || figure.Series[0].X.Count > 12 ? null : figure.Series.SelectMany(s => s.X).Distinct());
        for (var s = 0; s < figure.Series.Count; s++)
        {
            var series = figure.Series[s];
            var line = series.X.Zip(series.Y).Where(p => double.IsFinite(p.Second))
                .Select(p => (plot.X(p.First), plot.Y(p.Second))).ToList();
            canvas.Path(line, Colour(s), many ? 1 : 2, opacity: many ? 0.6 : 1);
            if (series.X.Count <= 12)
                line.ForEach(p => canvas.Circle(p.Item1, p.Item2, 3.5, Colour(s)));
        }

        if (!many)
            Legend(canvas, figure);
    }

    private static void Radar(IFigureCanvas canvas, SweepFigure figure)
    {
        var (cx, cy, radius) = (Width / 2, 220.0, 140.0);
        var n = figure.Axes.Count;
        foreach (var ring in s_rings)
            canvas.Path(Enumerable.Range(0, n).Select(a => At(a, ring)), Rule, 1, closed: true);
        for (var a = 0; a < n; a++)
        {
            var axis = figure.Axes[a];
            var end = At(a, 1);
            canvas.Line(cx, cy, end.X, end.Y, Rule);
            var label = At(a, 1.14);
            var ends = axis.Labels.Count > 0 ? $" ({axis.Labels[0]}–{axis.Labels[^1]})" : "";
            var anchor = label.X < cx - 5 ? "end" : label.X > cx + 5 ? "start" : "middle";
            canvas.Text(label.X, label.Y + 4, axis.Name + ends, anchor);
        }

        for (var s = 0; s < figure.Series.Count; s++)
        {
            var values = figure.Series[s].Y;
            var shape = Enumerable.Range(0, n).Select(a => At(a, Share(figure.Axes[a], values[a]))).ToList();
            canvas.Path(shape, Colour(s), 2, closed: true, fill: Colour(s));
            shape.ForEach(p => canvas.Circle(p.X, p.Y, 3.5, Colour(s)));
        }

        Legend(canvas, figure);

        (double X, double Y) At(int axis, double share)
        {
            var angle = (2 * Math.PI * axis / n) - (Math.PI / 2);
            return (cx + (radius * share * Math.Cos(angle)), cy + (radius * share * Math.Sin(angle)));
        }
    }

    private static void Parallel(IFigureCanvas canvas, SweepFigure figure)
    {
        const double top = 70;
        var bottom = Height - 30;
        var n = figure.Axes.Count;
        var last = figure.Axes[^1];
        foreach (var series in figure.Series)
        {
            var shade = Shade(Share(last, series.Y[^1]));
            canvas.Path(series.Y.Select((v, a) => (X(a), Y(Share(figure.Axes[a], v)))), shade, 1.6, opacity: 0.75);
        }

        for (var a = 0; a < n; a++)
        {
            var axis = figure.Axes[a];
            canvas.Line(X(a), top, X(a), bottom, Ink, 1.2);
            canvas.Text(X(a), top - 12, axis.Name, size: 11.5, bold: true);
            var ticks = axis.Labels.Count > 0
                ? axis.Labels.Select((label, i) => (Label: label, Value: (double)i))
                : [(Number(axis.Min), axis.Min), (Number(axis.Max), axis.Max)];
            var (anchor, beside) = a == n - 1 ? ("end", -6) : ("start", 6);
            foreach (var (label, value) in ticks)
                canvas.Text(X(a) + beside, Y(Share(axis, value)) + 4, label, anchor, 10);
        }

        double X(int axis) => 50 + ((Width - 100) * axis / Math.Max(1, n - 1));
        double Y(double share) => bottom - ((bottom - top) * share);
    }

    private static void HeatMap(IFigureCanvas canvas, SweepFigure figure)
    {
        var (left, top) = (90.0, 50.0);
        var (w, h) = ((Width - left - 20) / figure.Categories.Count, (Height - top - 56) / figure.Series.Count);
        var finite = figure.Series.SelectMany(s => s.Y).Where(double.IsFinite).ToList();
        var (low, high) = (finite.Min(), finite.Max());
        for (var r = 0; r < figure.Series.Count; r++)
        {
            var y = top + (h * r);
            canvas.Text(left - 8, y + (h / 2) + 4, figure.Series[r].Name, "end");
            for (var c = 0; c < figure.Categories.Count; c++)
            {
                var value = figure.Series[r].Y[c];
                var share = high > low ? (value - low) / (high - low) : 0;
                var known = double.IsFinite(value);
                canvas.Rectangle(left + (w * c) + 1, y + 1, w - 2, h - 2, known ? Shade(share) : "#f2f4f7");
                if (known)
                    canvas.Text(left + (w * (c + 0.5)), y + (h / 2) + 4, Number(value), colour: "#ffffff");
            }
        }

        for (var c = 0; c < figure.Categories.Count; c++)
            canvas.Text(left + (w * (c + 0.5)), Height - 36, figure.Categories[c]);
        canvas.Text((left + Width) / 2, Height - 12, figure.XTitle);
        canvas.Text(20, Height / 2, figure.YTitle, turn: -90);
    }

    // None where it would not fit: names of a part would tell less than nothing.
    private static void Legend(IFigureCanvas canvas, SweepFigure figure)
    {
        const double left = 70;
        var widths = figure.Series.Select(series => 34 + (series.Name.Length * 6.6)).ToList();
        if (left + widths.Sum() > Width)
            return;
        var x = left;
        for (var s = 0; s < figure.Series.Count; s++)
        {
            canvas.Rectangle(x, 36, 12, 5, Colour(s));
            canvas.Text(x + 17, 42, figure.Series[s].Name, "start");
            x += widths[s];
        }
    }

    private static double Share(FigureAxis axis, double value) =>
        axis.Max > axis.Min ? Math.Clamp((value - axis.Min) / (axis.Max - axis.Min), 0, 1) : 0.5;

    // From blue, the lower, to orange, the higher.
    private static string Shade(double share)
    {
        (int R, int G, int B) low = (11, 92, 173);
        (int R, int G, int B) high = (194, 87, 12);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"#{Mix(low.R, high.R):x2}{Mix(low.G, high.G):x2}{Mix(low.B, high.B):x2}");

        int Mix(int a, int b) => (int)Math.Round(a + ((b - a) * share));
    }

    internal static string Number(double value) => Math.Abs(value) >= 10_000
        ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : value.ToString("0.####", CultureInfo.InvariantCulture);
}
