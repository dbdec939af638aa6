using System.Globalization;
using System.Text.Json;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>What the quickstart must reach, read from what it left.</summary>
public sealed class QuickstartTests(QuickstartFixture fixture)
{
    [Fact]
    public void Quickstart_EveryStage_Passes()
    {
        Assert.True(fixture.Quickstart.ExitCode == 0, fixture.Quickstart.ToString());
        Assert.Equal(
            ["corpus", "tokenizer", "shards", "pretrain", "evaluate", "sweep", "generate"],
            fixture.Stages.Select(stage => stage.GetProperty("name").GetString()));
        Assert.All(fixture.Stages, stage => Assert.True(stage.GetProperty("passed").GetBoolean()));
        var seconds = fixture.Stages.Sum(stage => stage.GetProperty("seconds").GetDouble());
        TestContext.Current.AddAttachment("quickstart.json", JsonSerializer.Serialize(fixture.Stages));
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s in all"));
    }

    [Fact]
    public void Pretrain_ValidationLoss_FallsByTwoNats() => Assert.InRange(
        Figure("pretrain", "initial_validation_loss") - Figure("pretrain", "validation_loss"), 2.0, 20);

    [Fact]
    public void Evaluate_UnseenItems_AreToldApart()
    {
        Assert.InRange(Figure("evaluate", "items"), 200, double.MaxValue);
        Assert.InRange(Figure("evaluate", "acc_norm"), 0.45, 1);
    }

    [Fact]
    public void Sweep_EveryTrial_EndsBelowTheUntunedModel()
    {
        var trials = fixture.Stage("sweep").GetProperty("figures").GetProperty("trials").EnumerateArray().ToList();

        Assert.Equal(2, trials.Select(trial => trial.GetProperty("dataset").GetString()).Distinct().Count());
        Assert.True(trials.Count >= 4);
        Assert.All(trials, trial => Assert.True(
            trial.GetProperty("validation_loss").GetDouble() < trial.GetProperty("untuned_validation_loss").GetDouble(),
            trial.ToString()));
    }

    [Fact]
    public void Generate_FirstToken_ComesWithinHalfASecond() =>
        Assert.InRange(Figure("generate", "first_token_seconds"), 0, 0.5);

    private double Figure(string stage, string name) =>
        fixture.Stage(stage).GetProperty("figures").GetProperty(name).GetDouble();
}
