namespace Platform.Modeling.Tests;

/// <summary>A thread that computes may let others interrupt it; those stay as they are.</summary>
public sealed class ThreadSliceTests
{
    [Fact]
    public void TryLengthen_OnAThread_LengthensItsSliceAlone()
    {
        Assert.SkipUnless(ThreadSlice.Current() > 0, "This system does not tell a thread's slice.");
        var before = ThreadSlice.Current();
        var (taken, after) = (false, 0UL);
        var thread = new Thread(() =>
        {
            taken = ThreadSlice.TryLengthen();
            after = ThreadSlice.Current();
        });

        thread.Start();
        thread.Join();

        Assert.True(taken);
        Assert.True(after > before, $"{after} is not more than {before}.");
        Assert.Equal(before, ThreadSlice.Current());
    }
}
