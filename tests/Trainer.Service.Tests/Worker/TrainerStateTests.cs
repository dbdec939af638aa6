using System.Text.Json;
using Platform.Datasets.Batches;
using Platform.TrainerHost.Worker;
using Platform.Workspaces;

namespace Platform.Trainer.Service.Tests.Worker;

public sealed class TrainerStateTests
{
    [Fact]
    public void AddLoss_ManySteps_KeepsTheLastTen()
    {
        var state = new TrainerState();
        for (var i = 1; i <= 12; i++)
            state.AddLoss(i);

        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11, 12], state.RecentLosses);
        Assert.Equal(7.5, state.FinalLoss);
    }

    [Fact]
    public void FinalLoss_NoStepYet_IsUnknown() => Assert.Null(new TrainerState().FinalLoss);

    [Fact]
    public void AddValidation_HigherLoss_LeavesTheBest()
    {
        var state = new TrainerState { Step = 10 };
        state.AddValidation(2.5);
        state.Step = 20;
        state.AddValidation(2.75);

        Assert.Equal((2.5, 10), (state.BestValidationLoss, state.BestStep));
        Assert.Equal((2.75, 20), (state.ValidationLoss, state.ValidatedStep));
    }

    // Guards against a NaN that, once the best, no finite loss could ever beat.
    [Fact]
    public void AddValidation_NotANumber_IsNeverTheBest()
    {
        var state = new TrainerState();
        state.AddValidation(double.NaN);
        Assert.Null(state.BestValidationLoss);
    }

    [Fact]
    public void Json_RoundTrip_KeepsEveryBit()
    {
        var state = new TrainerState
        {
            Step = 3,
            Tokens = 1L << 40,
            Seed = -7,
            Data = new BatchPosition(99, 1, 1L << 33),
            SampledStep = 2,
        };
        state.AddLoss(1.0 / 3);
        state.AddValidation(2.0 / 3);

        var json = JsonSerializer.Serialize(state, WorkspaceJson.Indented);
        var read = JsonSerializer.Deserialize<TrainerState>(json, WorkspaceJson.Indented)!;

        Assert.Equal(json, JsonSerializer.Serialize(read, WorkspaceJson.Indented));
        Assert.Equal(state.RecentLosses, read.RecentLosses);
        Assert.Equal(state.Data, read.Data);
        Assert.Equal(state.BestValidationLoss, read.BestValidationLoss);
        Assert.Contains("\"validated_step\": 3", json, StringComparison.Ordinal);
    }
}
