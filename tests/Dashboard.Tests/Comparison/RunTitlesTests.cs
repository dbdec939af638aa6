using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Comparison;

namespace Platform.Dashboard.Tests.Comparison;

public sealed class RunTitlesTests
{
    [Fact]
    public void TitleOf_TwoCalledTheSame_HasTheirIds()
    {
        Run[] runs =
        [
            new() { Name = "runs/a", DisplayName = "rank 8" }, new() { Name = "runs/b", DisplayName = "rank 8" },
            new() { Name = "runs/c", DisplayName = "rank 2" }, new() { Name = "runs/d" },
        ];

        Assert.Equal(["rank 8 (a)", "rank 8 (b)", "rank 2", "d"], runs.Select(runs.TitleOf));
    }
}
