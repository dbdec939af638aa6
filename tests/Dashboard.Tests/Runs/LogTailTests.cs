using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Tests.Runs;

public sealed class LogTailTests
{
    private readonly LogTail _log = new(5);

    [Fact]
    public void Add_MoreThanTheCapacity_KeepsTheNewest()
    {
        _log.Add(["1", "2", "3", "4"]);
        _log.Add(["5", "6"]);

        Assert.Equal(["2", "3", "4", "5", "6"], _log.Lines);
    }

    [Fact]
    public void Add_AfterReopen_DoesNotDoubleLines()
    {
        // Bug guarded: a stream that is opened again begins with the last lines of the log, which were doubled.
        _log.Add(["1", "2", "3"]);
        _log.Reopen();
        _log.Add(["2", "3", "4"]);
        _log.Add(["4"]);

        Assert.Equal(["1", "2", "3", "4", "4"], _log.Lines);
    }
}
