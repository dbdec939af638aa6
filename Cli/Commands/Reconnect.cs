using Grpc.Core;

namespace Platform.Cli.Commands;

/// <summary>Keeps following while a service restarts.</summary>
internal static class Reconnect
{
    private static readonly TimeSpan s_giveUpAfter = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Reads a stream again and again until <paramref name="hasEnded"/>. A stream that breaks because its service is
    /// UNAVAILABLE is opened again after a moment; a minute without any answer is an error.
    /// </summary>
    public static async Task UntilEndedAsync(
        Func<Task> readStream, Func<bool> hasEnded, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromMilliseconds(250);
        var brokenSince = (DateTime?)null;
        while (!hasEnded())
        {
            try
            {
                await readStream();
                brokenSince = null;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                brokenSince ??= DateTime.UtcNow;
                if (DateTime.UtcNow - brokenSince > s_giveUpAfter)
                    throw;
            }

            if (hasEnded())
                return;
            await Task.Delay(wait, cancellationToken);
            wait = TimeSpan.FromSeconds(Math.Min(5, wait.TotalSeconds * 2));
        }
    }
}
