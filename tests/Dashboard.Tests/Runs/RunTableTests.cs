using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Tests.Runs;

public sealed class RunTableTests
{
    private readonly RunTable _table = new();

    public RunTableTests()
    {
        var list = new RunList { TotalSize = 12 };
        list.Runs.Add(new Run { Name = "runs/a", State = State.Running, TrainLoss = 3 });
        list.Runs.Add(new Run { Name = "runs/b", State = State.Succeeded, TrainLoss = 2 });
        list.StateCounts.Add(new StateCount { State = State.Running, Count = 2 });
        list.StateCounts.Add(new StateCount { State = State.Succeeded, Count = 10 });
        _table.Apply(new() { Snapshot = list });
    }

    [Fact]
    public void Apply_ChangeOfARunOnThePage_KeepsItsPlace()
    {
        _table.Apply(new() { Changed = new() { Name = "runs/a", State = State.Cancelled } });

        Assert.Equal(["runs/a", "runs/b"], _table.Runs.Select(r => r.Name));
        Assert.Equal(State.Cancelled, _table.Runs[0].State);
    }

    [Fact]
    public void Apply_ChangeOfARunThatIsNotOnThePage_IsPassedOver()
    {
        _table.Apply(new() { Changed = new() { Name = "runs/z" } });

        Assert.Equal(2, _table.Runs.Count);
    }

    [Fact]
    public void Apply_SnapshotAfterAReconnect_TakesThePlaceOfAll()
    {
        _table.Apply(new() { Snapshot = new() });

        Assert.Empty(_table.Runs);
        Assert.Equal(0, _table.Total);
    }

    [Fact]
    public void CountOf_States_AreTheServicesAndNotThePages()
    {
        Assert.Equal((12, 10, 0), (_table.CountOf(""), _table.CountOf("succeeded"), _table.CountOf("failed")));
        Assert.Equal(12, _table.Total);
    }

    [Fact]
    public void Filter_OfAQuery_SaysAllThatWasChosen()
    {
        var query = new RunQuery(" big  run ", "failed", "of mine", "datasets/x", Trials: false, "step desc", 2);

        Assert.Equal("big run state:failed \"tag:of mine\" dataset:datasets/x sweep:", query.Filter);
        Assert.Equal("", (query with { Text = "", State = "", Tag = "", Dataset = "", Trials = true }).Filter);
    }

    [Fact]
    public void Toggle_OfAColumn_AndBack_IsTheUsualOnesAgain()
    {
        var seed = RunColumn.All.Single(c => c.Key == "seed");
        var with = RunColumn.Toggle(null, seed);

        Assert.Contains(seed, RunColumn.Chosen(with));
        Assert.Null(RunColumn.Toggle(with, seed));
    }
}
