using Grpc.Core;
using Microsoft.Extensions.Hosting;

namespace Platform.ServiceDefaults;

/// <summary>Ends streams with the call or with the service, whichever comes first.</summary>
public static class CallLifetime
{
    /// <summary>A source that is cancelled when the caller goes or the service stops. Dispose of it.</summary>
    public static CancellationTokenSource LinkCall(this IHostApplicationLifetime lifetime, ServerCallContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
}
