using Google.Protobuf;
using SkiaSharp;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>Draws the shapes of a PNG picture, on white, two pixels a point.</summary>
internal sealed class PngCanvas : IFigureCanvas, IDisposable
{
    private const int PixelsPerPoint = 2;

    private readonly SKSurface _surface = SKSurface.Create(new SKImageInfo(
        (int)IFigureCanvas.Width * PixelsPerPoint, (int)IFigureCanvas.Height * PixelsPerPoint));

    public PngCanvas()
    {
        Canvas.Clear(SKColors.White);
        Canvas.Scale(PixelsPerPoint);
    }

    private SKCanvas Canvas => _surface.Canvas;

    public void Line(double x1, double y1, double x2, double y2, string colour, double thickness = 1)
    {
        using var paint = Stroke(colour, thickness, 1);
        Canvas.DrawLine((float)x1, (float)y1, (float)x2, (float)y2, paint);
    }

    public void Rectangle(double x, double y, double w, double h, string colour, string? title = null)
    {
        using var paint = Fill(colour, 1);
        Canvas.DrawRect((float)x, (float)y, (float)w, (float)Math.Max(0, h), paint);
    }

    public void Circle(double x, double y, double radius, string colour, string? title = null)
    {
        using var paint = Fill(colour, 1);
        Canvas.DrawCircle((float)x, (float)y, (float)radius, paint);
    }

    public void Path(
        IEnumerable<(double X, double Y)> points,
        string colour,
        double thickness,
        bool closed = false,
        double opacity = 1,
        string fill = "none")
    {
        using var path = new SKPath();
        path.AddPoly([.. points.Select(p => new SKPoint((float)p.X, (float)p.Y))], closed);
        if (fill != "none")
        {
            using var inside = Fill(fill, IFigureCanvas.FillOpacity);
            Canvas.DrawPath(path, inside);
        }

        using var paint = Stroke(colour, thickness, opacity);
        paint.StrokeJoin = SKStrokeJoin.Round;
        Canvas.DrawPath(path, paint);
    }

    public void Text(
        double x, double y, string text, string anchor = "middle", double size = 11, double turn = 0,
        string colour = "#3a4653", bool bold = false)
    {
        using var font = new SKFont(bold ? FigureFonts.Bold : FigureFonts.Regular, (float)size)
        {
            Edging = SKFontEdging.Antialias,
            Hinting = SKFontHinting.None,
            Subpixel = true,
        };
        using var paint = Fill(colour, 1);
        var align = anchor switch
        {
            "start" => SKTextAlign.Left,
            "end" => SKTextAlign.Right,
            _ => SKTextAlign.Center,
        };
        using var restore = new SKAutoCanvasRestore(Canvas);
        Canvas.RotateDegrees((float)turn, (float)x, (float)y);
        Canvas.DrawText(text, (float)x, (float)y, align, font, paint);
    }

    /// <summary>The whole picture as a file.</summary>
    public ByteString Finish()
    {
        using var image = _surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return ByteString.CopyFrom(data.Span);
    }

    public void Dispose() => _surface.Dispose();

    private static SKPaint Stroke(string colour, double thickness, double opacity)
    {
        var paint = Fill(colour, opacity);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = (float)thickness;
        return paint;
    }

    private static SKPaint Fill(string colour, double opacity) => new()
    {
        Color = SKColor.Parse(colour).WithAlpha((byte)Math.Round(255 * opacity)),
        IsAntialias = true,
    };
}
