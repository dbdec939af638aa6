using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Platform.Dashboard.Clients;

/// <summary>The only place where errors of the wire are caught: they become outcomes.</summary>
public static class Calls
{
    /// <summary>Seconds that a short call may take; a service that hangs must not hang a page.</summary>
    private const int DeadlineSeconds = 20;

    /// <summary>Makes a short call.</summary>
    /// <typeparam name="T">The answer's type.</typeparam>
    /// <param name="service">The service's name, for words.</param>
    /// <param name="call">Makes the call with the given options.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static Task<Outcome<T>> TryAsync<T>(
        string service, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
        where T : class =>
        TryAsync(service, call, DeadlineSeconds, cancellationToken);

    /// <summary>Makes a call that may take longer, such as loading a model.</summary>
    /// <typeparam name="T">The answer's type.</typeparam>
    /// <param name="service">The service's name, for words.</param>
    /// <param name="call">Makes the call with the given options.</param>
    /// <param name="seconds">Seconds that it may take.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<Outcome<T>> TryAsync<T>(
        string service, Func<CallOptions, AsyncUnaryCall<T>> call, int seconds, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var deadline = DateTime.UtcNow.AddSeconds(seconds);
            using var pending = call(new(deadline: deadline, cancellationToken: cancellationToken));
            return new(await pending, null);
        }
        catch (RpcException error)
        {
            return new(null, CallFailure.From(error, service));
        }
    }

    /// <summary>Reads a stream of answers to its end and frees the call.</summary>
    /// <typeparam name="T">The answers' type.</typeparam>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        AsyncServerStreamingCall<T> call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (call)
        {
            while (await call.ResponseStream.MoveNext(cancellationToken))
                yield return call.ResponseStream.Current;
        }
    }

    /// <summary>Reads a stream that somebody waits for to its end. It is never repeated by itself.</summary>
    /// <typeparam name="T">The answers' type.</typeparam>
    /// <param name="service">The service's name, for words.</param>
    /// <param name="call">The call.</param>
    /// <param name="receive">Takes an answer.</param>
    /// <param name="cancellationToken">Ends the call, on the service too.</param>
    /// <returns>Why it broke; null where it came to its end. A stop by the token is of kind Cancelled.</returns>
    public static async Task<CallFailure?> TryReadAsync<T>(
        string service, AsyncServerStreamingCall<T> call, Action<T> receive, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var part in ReadAsync(call, cancellationToken))
                receive(part);
            return null;
        }
        catch (Exception error) when (error is OperationCanceledException
            || (error is RpcException && cancellationToken.IsCancellationRequested))
        {
            // A stopped stream can end as UNAVAILABLE: its reader met the broken stream before its own token.
            return new(FailureKind.Cancelled, "Stopped.", "", []);
        }
        catch (RpcException error)
        {
            return CallFailure.From(error, service);
        }
    }
}
