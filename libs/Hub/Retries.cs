using Platform.Workspaces.Errors;

namespace Platform.Hub;

/// <summary>Tries again, with growing waits or those that the server asks for, until nothing comes for too long.
/// </summary>
/// <param name="options">How often and how long.</param>
/// <param name="wait">Waits.</param>
/// <param name="what">What is wanted, for the error.</param>
/// <param name="address">Where it is wanted from.</param>
/// <param name="path">Where it could be put by hand.</param>
internal sealed class Retries(
    HubOptions options, Func<TimeSpan, CancellationToken, Task> wait, string what, Uri address, string path)
{
    // Without a network nothing changes within seconds, and its lack should be told in seconds.
    private const int UnreachableAttempts = 2;

    private int _failures;

    /// <summary>To be called whenever bytes have come: the count of failures begins anew.</summary>
    public void Progressed() => _failures = 0;

    /// <summary>Runs an attempt until one succeeds.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            TransferException failure;
            try
            {
                return await attempt();
            }
            catch (TransferException e)
            {
                failure = e;
            }

            _failures++;
            if (_failures >= (failure.Unreachable ? UnreachableAttempts : options.MaxAttempts))
                throw GivenUp(failure, $" ({_failures} attempts)");
            var pause = failure.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(1 << (_failures - 1), 30));
            if (pause > options.MaxWait)
                throw GivenUp(failure, $"; it asks to wait {pause.TotalSeconds:0} s");
            await wait(pause, cancellationToken);
        }
    }

    private UnavailableException GivenUp(TransferException failure, string more) => new(
        failure.Unreachable ? "HUB_UNREACHABLE" : "HUB_UNAVAILABLE",
        $"{what} could not be downloaded: {failure.Message}{more}. Try again later, or download {address.AbsoluteUri}"
        + $" elsewhere and put it at {path}.",
        failure);
}
