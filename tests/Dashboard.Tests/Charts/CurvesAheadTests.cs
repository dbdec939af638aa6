using Platform.Dashboard.Charts;

namespace Platform.Dashboard.Tests.Charts;

public sealed class CurvesAheadTests
{
    [Theory]
    [InlineData("/runs/small", "", "runs/small")]
    [InlineData("/runs/small/", "?x=tokens", "runs/small")]
    [InlineData("/runs/compare", "?runs=b,a,b&base=a", "runs/b runs/a")]
    public void RequestOf_PageWithCurves_AsksForItsRuns(string path, string query, string runs) =>
        Assert.Equal(runs, string.Join(' ', CurvesAhead.RequestOf(path, query)!.Runs));

    [Theory]
    [InlineData("/", "")]
    [InlineData("/runs", "?q=small")]
    [InlineData("/runs/new", "?from=runs%2Fsmall")]
    [InlineData("/runs/compare", "")]
    [InlineData("/runs/small/files/metrics", "")]
    [InlineData("/sweeps/small", "")]
    public void RequestOf_PageWithout_AsksForNothing(string path, string query) =>
        Assert.Null(CurvesAhead.RequestOf(path, query));

    [Fact]
    public void RequestOf_MoreRunsThanAreComparedAtOnce_AsksForNothing() =>
        Assert.Null(CurvesAhead.RequestOf("/runs/compare", "?runs=" + string.Join(',', Enumerable.Range(0, 101))));
}
