using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Tests.Runs;

public sealed class RunTableTests
{
    private readonly RunTable _table = new();

    public RunTableTests()
    {
        var list = new RunList();
        list.Runs.Add(new Run { Name = "runs/a", State = State.Running, TrainLoss = 3, Tags = { "story" } });
        list.Runs.Add(new Run { Name = "runs/b", State = State.Succeeded, TrainLoss = 2 });
        list.Runs.Add(new Run { Name = "runs/c", State = State.Queued });
        list.Runs.Add(new Run { Name = "runs/t", State = State.Succeeded, Sweep = "sweeps/s" });
        _table.Apply(new() { Snapshot = list });
    }

    [Theory]
    [InlineData("train_loss", "runs/b runs/a runs/c")]
    [InlineData("train_loss desc", "runs/a runs/b runs/c")]
    [InlineData("name desc", "runs/c runs/b runs/a")]
    public void Select_Order_PutsWhatWasNotMeasuredLast(string order, string names) =>
        Assert.Equal(names, string.Join(' ', _table.Select("", "", order, trials: false).Select(r => r.Name)));

    [Theory]
    [InlineData("story", "", 1)]
    [InlineData("", "succeeded", 1)]
    [InlineData("nothing", "", 0)]
    public void Select_Filter_KeepsWhatMatches(string text, string state, int count) =>
        Assert.Equal(count, _table.Select(text, state, "name", trials: false).Count);

    [Fact]
    public void Apply_Changes_AreInTheTable()
    {
        _table.Apply(new() { Changed = new() { Name = "runs/c", State = State.Running } });
        _table.Apply(new() { Removed = "runs/a" });

        Assert.Equal(["runs/b", "runs/c"], _table.Select("", "", "name", trials: false).Select(r => r.Name));
        Assert.Equal(State.Running, _table.Runs.Single(r => r.Name == "runs/c").State);
    }

    [Fact]
    public void Apply_SnapshotAfterAReconnect_TakesThePlaceOfAll()
    {
        _table.Apply(new() { Snapshot = new() });

        Assert.Empty(_table.Runs);
    }
}
