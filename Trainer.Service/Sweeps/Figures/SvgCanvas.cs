using System.Globalization;
using System.Net;
using System.Text;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>Writes the shapes of an SVG picture.</summary>
internal sealed class SvgCanvas : IFigureCanvas
{
    private const double Width = IFigureCanvas.Width;
    private const double Height = IFigureCanvas.Height;

    private readonly StringBuilder _text = new();

    public void Line(double x1, double y1, double x2, double y2, string colour, double thickness = 1) =>
        Append($"""
            <line x1="{x1:0.##}" y1="{y1:0.##}" x2="{x2:0.##}" y2="{y2:0.##}"
            stroke="{colour}" stroke-width="{thickness:0.##}"/>
            """);

    public void Rectangle(double x, double y, double w, double h, string colour, string? title = null) =>
        Append($"""
            <rect x="{x:0.##}" y="{y:0.##}" width="{w:0.##}" height="{Math.Max(0, h):0.##}"
            fill="{colour}">{Title(title)}</rect>
            """);

    public void Circle(double x, double y, double radius, string colour, string? title = null) =>
        Append($"""
            <circle cx="{x:0.##}" cy="{y:0.##}" r="{radius:0.##}" fill="{colour}">{Title(title)}</circle>
            """);

    public void Path(
        IEnumerable<(double X, double Y)> points,
        string colour,
        double thickness,
        bool closed = false,
        double opacity = 1,
        string fill = "none")
    {
        var path = string.Join(' ', points.Select((p, i) =>
            string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? "M" : "L")}{p.X:0.##} {p.Y:0.##}")));
        var end = closed ? " Z" : "";
        Append($"""
            <path d="{path}{end}" fill="{fill}" fill-opacity="{IFigureCanvas.FillOpacity}" stroke="{colour}"
            stroke-width="{thickness:0.##}" stroke-opacity="{opacity:0.##}" stroke-linejoin="round"/>
            """);
    }

    public void Text(
        double x, double y, string text, string anchor = "middle", double size = 11, double turn = 0,
        string colour = "#3a4653", bool bold = false)
    {
        var weight = bold ? " font-weight=\"600\"" : "";
        Append($"""
            <text x="{x:0.##}" y="{y:0.##}" text-anchor="{anchor}" font-size="{size:0.#}"
            fill="{colour}"{weight}{Turned(x, y, turn)}>{WebUtility.HtmlEncode(text)}</text>
            """);
    }

    /// <summary>The whole picture on white.</summary>
    public string Finish(string title) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" viewBox="0 0 {Width} {Height}"
        font-family="DejaVu Sans, Helvetica, Arial, sans-serif" role="img"><title>{WebUtility.HtmlEncode(title)}</title>
        <rect width="100%" height="100%" fill="#ffffff"/>
        {_text}</svg>

        """);

    private static string Turned(double x, double y, double turn) => turn == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate({turn:0.#} {x:0.##} {y:0.##})\"");

    private static string Title(string? title) =>
        title is null ? "" : $"<title>{WebUtility.HtmlEncode(title)}</title>";

    private void Append(FormattableString shape) =>
        _text.Append(shape.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
