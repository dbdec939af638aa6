namespace Platform.Modeling.Tests;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(0, 6e-4 / 715)]
    [InlineData(714, 6e-4)]
    [InlineData(715, 6e-4)]
    [InlineData(9894, 3.3e-4)] // half-way
    [InlineData(19073, 6e-5)]
    [InlineData(25000, 6e-5)]
    public void At_Cosine_IsBuildNanogpts(int step, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule(6e-4, 6e-5, 715, 19073).At(step), 1e-9);

    [Theory]
    [InlineData(Decay.Linear, 5, 0.55)]
    [InlineData(Decay.Linear, 10, 0.1)]
    [InlineData(Decay.Constant, 9, 1.0)]
    [InlineData(Decay.Constant, 99, 1.0)]
    public void At_OtherShapes_FollowThem(Decay shape, int step, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule(1, 0.1, 0, 10, shape).At(step), 1e-12);

    [Fact]
    public void At_NothingAfterTheWarmup_IsTheFloor() =>
        Assert.Equal(0.1, new LearningRateSchedule(1, 0.1, 10, 10).At(10));
}
