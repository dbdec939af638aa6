using Platform.InferenceHost.Generation;

namespace Platform.Inference.Service.Tests;

public class StopTextFilterTests
{
    [Fact]
    public void Push_NoStops_LetsAllThrough() => Assert.Equal("abc", new StopTextFilter([]).Push("abc"));

    [Fact]
    public void Push_PossibleBeginning_IsHeldBackUntilKnown()
    {
        var filter = new StopTextFilter(["END"]);

        Assert.Equal("a ", filter.Push("a E"));
        Assert.Equal("", filter.Push("N"));
        Assert.Equal("ENx", filter.Push("x"));
        Assert.False(filter.Stopped);
    }

    [Fact]
    public void Push_StopAcrossPieces_IsExcludedWithAllBehindIt()
    {
        var filter = new StopTextFilter(["END"]);

        Assert.Equal("a ", filter.Push("a E"));
        Assert.Equal("", filter.Push("ND b"));
        Assert.True(filter.Stopped);
        Assert.Equal("", filter.Push("more"));
        Assert.Equal("", filter.Flush());
    }

    [Fact]
    public void Push_SeveralStops_EndsAtTheFirstInTheText()
    {
        var filter = new StopTextFilter(["world", "lo"]);

        Assert.Equal("hel", filter.Push("hello world"));
        Assert.True(filter.Stopped);
    }

    [Fact]
    public void Push_OverlappingBeginnings_HoldsTheLongest()
    {
        var filter = new StopTextFilter(["aab", "ab!"]);

        Assert.Equal("x", filter.Push("xaa"));
        Assert.Equal("", filter.Push("b"));
        Assert.True(filter.Stopped);
    }

    [Fact]
    public void Flush_HeldText_ComesOutAtTheEnd()
    {
        var filter = new StopTextFilter(["\n\n"]);

        Assert.Equal("text", filter.Push("text\n"));
        Assert.Equal("\n", filter.Flush());
    }
}
