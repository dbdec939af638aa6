using Grpc.Core;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Tests.Clients;

public sealed class CallsTests
{
    [Theory]
    [InlineData(StatusCode.Cancelled)]
    // What a reader gets that meets the broken stream before its own token; the user pressed Stop all the same.
    [InlineData(StatusCode.Unavailable)]
    public async Task TryReadAsync_Stopped_IsNoFault(StatusCode code)
    {
        using var stop = new CancellationTokenSource();
        var received = new List<int>();

        var failure = await Calls.TryReadAsync(
            "inference",
            Call(new Reader(1, code)),
            part =>
            {
                received.Add(part);
                stop.Cancel();
            },
            stop.Token);

        Assert.Equal([1], received);
        Assert.Equal(FailureKind.Cancelled, failure?.Kind);
    }

    [Fact]
    public async Task TryReadAsync_Breaks_SaysWhy()
    {
        var failure = await Calls.TryReadAsync(
            "inference",
            Call(new Reader(1, StatusCode.Unavailable)),
            _ => { },
            TestContext.Current.CancellationToken);

        Assert.Equal(FailureKind.Disconnected, failure?.Kind);
    }

    [Fact]
    public async Task TryReadAsync_Ends_IsNull() => Assert.Null(await Calls.TryReadAsync(
        "inference", Call(new Reader(2, StatusCode.OK)), _ => { }, TestContext.Current.CancellationToken));

    private static AsyncServerStreamingCall<int> Call(Reader reader) =>
        new(reader, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    /// <summary>Gives 1, 2, and so on up to a count, then ends with a status.</summary>
    private sealed class Reader(int count, StatusCode end) : IAsyncStreamReader<int>
    {
        public int Current { get; private set; }

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (Current == count)
                return end == StatusCode.OK ? Task.FromResult(false) : throw new RpcException(new(end, "the end"));
            Current++;
            return Task.FromResult(true);
        }
    }
}
