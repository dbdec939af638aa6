using Microsoft.Extensions.Time.Testing;
using Platform.Modeling;
using Platform.TrainerHost.Worker;
using Platform.Workspaces;
using static TorchSharp.torch;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>
/// Bug guarded: the peak was what one moment at the worker's start had left over, so that a run which began while the
/// machine was busy had a utilisation of 650 %.
/// </summary>
[Collection(nameof(TorchCollection))]
public sealed class PeakFlopsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private int _measurements;

    private string FilePath => _folder["state/peaks/here.txt"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Begin_MachineIsBusy_GoesByTheBestThatWasKept()
    {
        Peak(again: 0).Begin(200);
        var busy = Peak(again: 0);

        busy.Begin(30);

        Assert.Equal(200, busy.Value);
        Assert.Equal(0.5, busy.ShareOf(100));
    }

    [Fact]
    public void Begin_MachineIsFasterThanBefore_IsKeptForTheNext()
    {
        Peak(again: 0).Begin(30);
        Peak(again: 0).Begin(200);
        var next = Peak(again: 0);

        next.Begin(10);

        Assert.Equal(200, next.Value);
    }

    [Theory]
    [InlineData("no number")]
    [InlineData("NaN")]
    [InlineData("")]
    public void Begin_FileIsDamaged_GoesByTheMeasurement(string content)
    {
        AtomicFile.WriteText(FilePath, content);
        var peak = Peak(again: 0);

        peak.Begin(30);

        Assert.Equal(30, peak.Value);
    }

    [Fact]
    public void ShareOf_StepFasterThanThePeak_MeasuresAgain()
    {
        var peak = Peak(again: 200);
        peak.Begin(30);
        _time.Advance(PeakFlops.LeastInterval);

        Assert.Equal(0.5, peak.ShareOf(100));
        Assert.Equal(0.25, peak.ShareOf(50));
        Assert.Equal(1, _measurements);
        var next = Peak(again: 0);
        next.Begin(10);
        Assert.Equal(200, next.Value);
    }

    [Fact]
    public void ShareOf_StepNearThePeak_MeasuresAgainButNotForEver()
    {
        // Bug guarded: a peak of half of what the machine can do stood for a whole run that came near to it.
        var peak = Peak(again: 110);
        peak.Begin(100);
        for (var i = 0; i < 50; i++)
        {
            _time.Advance(PeakFlops.LeastInterval);
            peak.ShareOf(99.5);
        }

        Assert.Equal(110, peak.Value);
        Assert.Equal(5, _measurements);
    }

    [Fact]
    public void ShareOf_MachineStillBusy_IsTheStepsOwnSpeedAndNeverAboveOne()
    {
        var peak = Peak(again: 40);
        peak.Begin(30);

        // Too soon for a measurement, then measured too low.
        Assert.Equal(1, peak.ShareOf(100));
        Assert.Equal(0, _measurements);
        _time.Advance(PeakFlops.LeastInterval);
        Assert.Equal(1, peak.ShareOf(110));
        Assert.Equal(1, peak.ShareOf(120));
        Assert.Equal(1, _measurements);
        Assert.Equal(0.5, peak.ShareOf(60));
        Assert.Equal(1, _measurements);
    }

    [Fact]
    public void FileOf_AnyDevice_IsAFileOfTheState()
    {
        var root = new DataRoot(_folder.Path);

        var path = PeakFlops.FileOf(root, "cuda:0-BFloat16-2x1");

        Assert.Equal(Path.Combine(root.StateDir, "peaks"), Path.GetDirectoryName(path));
        Assert.Contains("cuda_0-BFloat16-2x1", path, StringComparison.Ordinal);
        Assert.NotEqual(path, PeakFlops.FileOf(root, "cpu-BFloat16-2x1"));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Measure_Processor_IsAPossibleFigure(ScalarType type) =>
        // From a core without vectors to a machine with hundreds of them.
        Assert.InRange(ProductPeak.Measure(CPU, type), 1e8, 1e15);

    private PeakFlops Peak(double again) => new(
        FilePath,
        () =>
        {
            _measurements++;
            return again;
        },
        _time);
}
