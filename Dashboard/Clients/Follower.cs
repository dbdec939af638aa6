using Grpc.Core;

namespace Platform.Dashboard.Clients;

/// <summary>
/// Follows a Watch stream for as long as a page is open: reads it, and when it breaks opens it again with growing
/// pauses. The caller's <c>open</c> is asked anew each time, so that it can go on from its last cursor.
/// </summary>
/// <param name="time">The clock of the pauses.</param>
public sealed class Follower(TimeProvider time)
{
    /// <summary>The longest pause between two tries.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Follows until the service ends the stream, it fails for good, or the token is cancelled.</summary>
    /// <typeparam name="T">The messages' type.</typeparam>
    /// <param name="service">The service's name, for words.</param>
    /// <param name="open">Opens the stream, from where the last one broke.</param>
    /// <param name="receive">Takes a message.</param>
    /// <param name="linkChanged">Is told how the stream stands.</param>
    /// <param name="endless">Whether a stream that ends without an error is to be opened again.</param>
    /// <param name="cancellationToken">Ends the following.</param>
    public async Task FollowAsync<T>(
        string service,
        Func<CancellationToken, IAsyncEnumerable<T>> open,
        Func<T, Task> receive,
        Action<Link> linkChanged,
        bool endless,
        CancellationToken cancellationToken)
    {
        var failures = 0;
        linkChanged(Link.Connecting);
        while (!cancellationToken.IsCancellationRequested)
        {
            CallFailure failure;
            try
            {
                var live = false;
                await foreach (var message in open(cancellationToken))
                {
                    if (!live)
                    {
                        live = true;
                        failures = 0;
                        linkChanged(Link.Live);
                    }

                    await receive(message);
                }

                if (!endless)
                {
                    linkChanged(Link.Ended);
                    return;
                }

                failure = new(FailureKind.Disconnected, $"The {service} service ended the connection.", "", []);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                // The page was closed while a message was on its way; whatever broke by that concerns nobody.
                return;
            }
            catch (RpcException error)
            {
                failure = CallFailure.From(error, service);
            }

            // Unlike in a short call, a fault of the service may pass: it can be restarted under the open page.
            if (failure.Kind
                is FailureKind.NotFound or FailureKind.Invalid or FailureKind.Denied or FailureKind.Conflict)
            {
                linkChanged(new(LinkState.Failed, failure));
                return;
            }

            var pause = PauseAfter(++failures);
            linkChanged(new(LinkState.Reconnecting, failure, failures, pause));
            if (!await WaitAsync(pause, cancellationToken))
                return;
        }
    }

    /// <summary>The pause after so many failures in a row: doubling from half a second, at most 15 s.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    public static TimeSpan PauseAfter(int failures) =>
        TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, _firstPause.Ticks << Math.Min(failures - 1, 10)));

    private async Task<bool> WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
