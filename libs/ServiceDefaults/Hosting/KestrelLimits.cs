using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Platform.ServiceDefaults.Hosting;

/// <summary>Limits of the web server, so that idle or slow connections cannot fill its memory.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        var limits = options.Limits;
        limits.MaxConcurrentConnections = PlatformLimits.MaxConnections;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.Http2.MaxStreamsPerConnection = 200;
        // Finds vanished clients of streams, whose place must be given back.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(20);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
    }
}
