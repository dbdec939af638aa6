namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>
/// What figures are drawn on. Lengths are points of a picture <see cref="Width"/> wide and <see cref="Height"/> high, y
/// counts downwards, colours are <c>#rrggbb</c>.
/// </summary>
internal interface IFigureCanvas
{
    const double Width = 720;
    const double Height = 400;

    /// <summary>Opacity of what a path fills.</summary>
    const double FillOpacity = 0.15;

    void Line(double x1, double y1, double x2, double y2, string colour, double thickness = 1);

    /// <param name="title">Words for whoever points at it, where the picture can have such.</param>
    void Rectangle(double x, double y, double w, double h, string colour, string? title = null);

    /// <inheritdoc cref="Rectangle"/>
    void Circle(double x, double y, double radius, string colour, string? title = null);

    /// <param name="opacity">Of the line, 0 to 1.</param>
    /// <param name="fill"><c>none</c>, or the colour that what lies inside has faintly.</param>
    void Path(
        IEnumerable<(double X, double Y)> points,
        string colour,
        double thickness,
        bool closed = false,
        double opacity = 1,
        string fill = "none");

    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>: what of the text stands at <c>x</c>.</param>
    /// <param name="turn">Degrees clockwise round (<c>x</c>, <c>y</c>).</param>
    void Text(
        double x, double y, string text, string anchor = "middle", double size = 11, double turn = 0,
        string colour = "#3a4653", bool bold = false);
}
