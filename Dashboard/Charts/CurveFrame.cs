using System.Buffers.Binary;
using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Charts;

/// <summary>
/// Curves and points as the bytes that <c>charts.js</c> reads: little endian, steps as u32, x as f64, values as f32.
/// A curve of 800 buckets is 20 kB; as JSON objects it would be ten times that.
/// </summary>
public static class CurveFrame
{
    /// <summary>Bytes of one live point.</summary>
    public const int PointBytes = 20;

    /// <summary>Whole curves, one after another: steps, x, last, min, max and, where there is one, smoothed.</summary>
    /// <param name="curves">The curves.</param>
    public static byte[] OfCurves(IReadOnlyList<Curve> curves)
    {
        var bytes = new byte[curves.Sum(c => c.X.Count * (24 + (IsSmoothed(c) ? 4 : 0)))];
        var at = 0;
        foreach (var curve in curves)
        {
            foreach (var step in curve.Step)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((at += 4) - 4), (uint)step);
            foreach (var x in curve.X)
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan((at += 8) - 8), x);
            at = Write(bytes, at, curve.Last);
            at = Write(bytes, at, curve.Min);
            at = Write(bytes, at, curve.Max);
            if (IsSmoothed(curve))
                at = Write(bytes, at, curve.Smoothed);
        }

        return bytes;
    }

    /// <summary>Live points.</summary>
    /// <param name="points">The points, each with its curve's place in the last frame of curves.</param>
    public static byte[] OfPoints(IReadOnlyList<LivePoint> points)
    {
        var bytes = new byte[points.Count * PointBytes];
        for (var i = 0; i < points.Count; i++)
        {
            var span = bytes.AsSpan(i * PointBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)points[i].Curve);
            BinaryPrimitives.WriteUInt32LittleEndian(span[4..], (uint)points[i].Step);
            BinaryPrimitives.WriteDoubleLittleEndian(span[8..], points[i].X);
            BinaryPrimitives.WriteSingleLittleEndian(span[16..], (float)points[i].Value);
        }

        return bytes;
    }

    /// <summary>Whether a curve carries smoothed values.</summary>
    /// <param name="curve">The curve.</param>
    public static bool IsSmoothed(Curve curve) => curve.Smoothed.Count == curve.X.Count && curve.X.Count > 0;

    private static int Write(byte[] bytes, int at, IEnumerable<double> values)
    {
        foreach (var value in values)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan((at += 4) - 4), (float)value);
        return at;
    }
}
