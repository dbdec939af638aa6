using Platform.Cli.Commands;
using Platform.Contracts.Common.V1;

namespace Platform.Cli.Tests;

public sealed class WatchingTests
{
    [Fact]
    public void Describe_Progress_TellsHowMuchAndTheTimeLeft()
    {
        var counting = new Progress
        {
            Phase = "counting words",
            Unit = "bytes",
            Done = 3 << 20,
            Total = 8 << 20,
            RemainingSeconds = 75,
        };
        var merging = new Progress { Phase = "merging pairs", Unit = "merges", Done = 1200, Total = 7935 };

        Assert.Equal("counting words, 3.0 MiB of 8.0 MiB, 1:15 left", Watching.Describe(counting));
        Assert.Equal("merging pairs, 1,200 of 7,935 merges", Watching.Describe(merging));
    }
}
