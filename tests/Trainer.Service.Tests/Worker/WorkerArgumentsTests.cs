using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

public sealed class WorkerArgumentsTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void TryParse_AllGiven_IsTaken()
    {
        var parsed = WorkerArguments.TryParse(
            ["--run", _temp.Path, "--attempt", "3", "--data-root", "/data"], out var arguments, out _);

        Assert.True(parsed);
        Assert.Equal(new WorkerArguments(_temp.Path, "/data", 3), arguments);
    }

    [Fact]
    public void TryParse_SeveralRuns_EachHasWhatStandsBehindIt()
    {
        var other = Path.Combine(_temp.Path, "other");
        Directory.CreateDirectory(other);
        var parsed = WorkerArguments.TryParse(
            ["--data-root", "/data", "--run", _temp.Path, "--attempt", "3", "--run", other, "--attempt", "2"],
            out var arguments,
            out _);

        Assert.True(parsed);
        Assert.Equal((_temp.Path, 3), (arguments!.RunFolder, arguments.Attempt));
        Assert.Equal([new WorkerArguments(other, "/data", 2)], arguments.Others);
    }

    [Theory]
    [InlineData("--data-root /data", "--run is missing")]
    [InlineData("--run /", "--data-root is missing")]
    [InlineData("--run / --data-root", "--data-root needs a value")]
    [InlineData("--run / --data-root /data --attempt zero", "'zero'")]
    [InlineData("--run / --data-root /data --attempt 0", "'0'")]
    [InlineData("--run / --data-root /data --run / --attempt no", "'no'")]
    [InlineData("--run / --data-root /data --fast yes", "'--fast'")]
    [InlineData("--run /nowhere/at/all --data-root /data", "no run folder '/nowhere/at/all'")]
    public void TryParse_SomethingWrong_SaysWhat(string line, string expected)
    {
        Assert.False(WorkerArguments.TryParse(line.Split(' '), out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
