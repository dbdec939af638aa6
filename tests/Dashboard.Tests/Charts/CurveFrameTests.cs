using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;

namespace Platform.Dashboard.Tests.Charts;

public sealed class CurveFrameTests
{
    [Fact]
    public void OfPoints_OnePoint_IsTwentyBytesLittleEndian()
    {
        var bytes = CurveFrame.OfPoints([new(3, 70_000, 1.5e10, 2.25)]);

        Assert.Equal(CurveFrame.PointBytes, bytes.Length);
        Assert.Equal(3u, BitConverter.ToUInt32(bytes, 0));
        Assert.Equal(70_000u, BitConverter.ToUInt32(bytes, 4));
        Assert.Equal(1.5e10, BitConverter.ToDouble(bytes, 8));
        Assert.Equal(2.25f, BitConverter.ToSingle(bytes, 16));
    }

    [Fact]
    public void OfCurves_EightHundredBuckets_IsUnderThirtyKilobytes()
    {
        var curve = new Curve();
        for (var i = 0; i < 800; i++)
        {
            curve.Step.Add(i);
            curve.X.Add(i);
            curve.Last.Add(i);
            curve.Min.Add(double.NaN);
            curve.Max.Add(double.PositiveInfinity);
            curve.Smoothed.Add(i);
        }

        var bytes = CurveFrame.OfCurves([curve]);

        Assert.Equal(800 * 28, bytes.Length);
        Assert.Equal(799u, BitConverter.ToUInt32(bytes, 799 * 4));
        Assert.Equal(799d, BitConverter.ToDouble(bytes, (800 * 4) + (799 * 8)));
        Assert.True(float.IsNaN(BitConverter.ToSingle(bytes, 800 * 16)));
        Assert.True(float.IsPositiveInfinity(BitConverter.ToSingle(bytes, 800 * 20)));
    }
}
