using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Tests.Clients;

public sealed class FollowerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Link> _links = [];
    private readonly List<int> _received = [];

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(5, 8)]
    [InlineData(6, 15)]
    [InlineData(1_000, 15)]
    public void PauseAfter_Failures_DoublesUpToFifteenSeconds(int failures, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Follower.PauseAfter(failures));

    [Fact]
    public async Task FollowAsync_StreamEnds_SaysEnded()
    {
        await FollowAsync(_ => Stream(1, 2, 3));

        Assert.Equal([1, 2, 3], _received);
        Assert.Equal([LinkState.Connecting, LinkState.Live, LinkState.Ended], _links.Select(l => l.State));
    }

    [Fact]
    public async Task FollowAsync_StreamBreaks_GoesOnFromTheLastCursorWithoutLossOrRepeat()
    {
        var opened = new List<int>();
        var following = FollowAsync(_ =>
        {
            // The cursor is what was received, as a page keeps it.
            var cursor = _received.Count > 0 ? _received[^1] : 0;
            opened.Add(cursor);
            return opened.Count < 3 ? Breaking(cursor + 1, cursor + 2) : Stream(cursor + 1);
        });

        await RunAsync(following);

        Assert.Equal([1, 2, 3, 4, 5], _received);
        Assert.Equal([0, 2, 4], opened);
        Assert.Equal(2, _links.Count(l => l.State is LinkState.Reconnecting));
        Assert.All(_links.Where(l => l.State is LinkState.Reconnecting), l => Assert.Equal(1, l.Attempt));
    }

    [Fact]
    public async Task FollowAsync_ServiceStaysAway_WaitsLongerEachTime()
    {
        var tries = 0;
        var following = FollowAsync(_ => ++tries < 5 ? Breaking() : Stream(1));

        await RunAsync(following);

        Assert.Equal(
            [0.5, 1, 2, 4],
            _links.Where(l => l.State is LinkState.Reconnecting).Select(l => l.RetryDelay.TotalSeconds));
        Assert.Equal("The trainer service does not answer.", _links.First(l => l.Failure is not null).Failure!.Message);
    }

    [Fact]
    public async Task FollowAsync_NotFound_FailsForGood()
    {
        await FollowAsync(_ => Failing(StatusCode.NotFound, "runs/x does not exist."));

        Assert.Equal(LinkState.Failed, _links[^1].State);
        Assert.Equal(FailureKind.NotFound, _links[^1].Failure!.Kind);
    }

    [Fact]
    public async Task FollowAsync_EndlessStreamEnds_IsOpenedAgain()
    {
        using var closing = new CancellationTokenSource();
        var tries = 0;
        var following = FollowAsync(
            _ =>
            {
                if (++tries == 3)
                    closing.Cancel();
                return Stream(tries);
            },
            endless: true,
            closing);

        await RunAsync(following);

        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task FollowAsync_PageClosedDuringThePause_ReturnsAtOnce()
    {
        using var closing = new CancellationTokenSource();
        var following = FollowAsync(_ => Breaking(), endless: false, closing);

        await closing.CancelAsync();

        await following.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private Task FollowAsync(
        Func<CancellationToken, IAsyncEnumerable<int>> open,
        bool endless = false,
        CancellationTokenSource? closing = null) =>
        new Follower(_time).FollowAsync(
            "trainer", open, Receive, _links.Add, endless, closing?.Token ?? TestContext.Current.CancellationToken);

    private Task Receive(int value)
    {
        _received.Add(value);
        return Task.CompletedTask;
    }

    // Turns the clock until the follower is done; it waits on nothing but the clock.
    private async Task RunAsync(Task following)
    {
        for (var i = 0; i < 1_000 && !following.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await following.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private static async IAsyncEnumerable<int> Stream(params int[] values)
    {
        await Task.CompletedTask;
        foreach (var value in values)
            yield return value;
    }

    private static async IAsyncEnumerable<int> Breaking(params int[] values)
    {
        await Task.CompletedTask;
        foreach (var value in values)
            yield return value;
        throw new RpcException(new(StatusCode.Unavailable, "connection refused"));
    }

    private static async IAsyncEnumerable<int> Failing(StatusCode code, string detail)
    {
        await Task.CompletedTask;
        if (detail.Length > 0)
            throw new RpcException(new(code, detail));
        yield break;
    }
}
