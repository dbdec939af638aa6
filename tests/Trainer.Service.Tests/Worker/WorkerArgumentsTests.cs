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

    [Theory]
    [InlineData("--data-root /data", "--run is missing")]
    [InlineData("--run /", "--data-root is missing")]
    [InlineData("--run / --data-root", "--data-root needs a value")]
    [InlineData("--run / --data-root /data --attempt zero", "'zero'")]
    [InlineData("--run / --data-root /data --attempt 0", "'0'")]
    [InlineData("--run / --data-root /data --fast yes", "'--fast'")]
    [InlineData("--run /nowhere/at/all --data-root /data", "no run folder '/nowhere/at/all'")]
    public void TryParse_SomethingWrong_SaysWhat(string line, string expected)
    {
        Assert.False(WorkerArguments.TryParse(line.Split(' '), out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
