namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>The area of a figure with an upright and a level scale, and where values lie in it.</summary>
internal sealed class PlotArea(IFigureCanvas canvas, double left, double top, double right, double bottom)
{
    private const string Rule = "#e3e8ee";
    private const int Ticks = 5;

    private static readonly int[] s_steps = [1, 2, 5, 10];

    private (double Low, double High) _y;
    private (double Low, double High) _x;
    private bool _log;

    public double Left => left;

    public double Right => right;

    public double Bottom => bottom;

    public double WidthOf => right - left;

    public double Y(double value) => bottom - ((bottom - top) * (value - _y.Low) / (_y.High - _y.Low));

    public double X(double value)
    {
        var (low, high) = _x;
        if (high <= low)
            return (left + right) / 2;
        var share = _log ? Math.Log(value / low) / Math.Log(high / low) : (value - low) / (high - low);
        return left + 12 + ((right - left - 24) * share);
    }

    /// <summary>Sets the upright scale, with its rules and words.</summary>
    public void ScaleY(double low, double high, string title)
    {
        _y = (low, high);
        foreach (var tick in RoundNumbers(low, high))
        {
            canvas.Line(left, Y(tick), right, Y(tick), Rule);
            canvas.Text(left - 6, Y(tick) + 4, FigureDrawing.Number(tick), "end", 10.5);
        }

        canvas.Line(left, bottom, right, bottom, "#3a4653");
        canvas.Text(16, (top + bottom) / 2, title, turn: -90);
    }

    /// <summary>Sets the level scale, with its words: at the values given, or at round numbers.</summary>
    public void ScaleX(double low, double high, bool log, string title, IEnumerable<double>? ticks)
    {
        (_x, _log) = ((low, high), log);
        var last = double.NegativeInfinity;
        foreach (var tick in (ticks ?? RoundNumbers(low, high)).Order())
        {
            // Words that would stand in each other are left out.
            if (X(tick) - last < 26)
                continue;
            last = X(tick);
            canvas.Text(last, bottom + 16, FigureDrawing.Number(tick), size: 10.5);
        }

        canvas.Text((left + right) / 2, bottom + 36, title);
    }

    private static IEnumerable<double> RoundNumbers(double low, double high)
    {
        var rough = (high - low) / Ticks;
        if (!(rough > 0))
            yield break;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = s_steps.Select(factor => factor * power).First(candidate => candidate >= rough);
        // A negative nought plus nought is nought: it would be written with its sign.
        for (var i = Math.Ceiling(low / step) + 0.0; i * step <= high; i++)
            yield return i * step;
    }
}
