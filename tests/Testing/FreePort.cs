using System.Net;
using System.Net.Sockets;

namespace Platform.Testing;

/// <summary>Ports of 127.0.0.1 that nothing listens on.</summary>
public static class FreePort
{
    /// <summary>One such port.</summary>
    public static int Find() => Find(1)[0];

    /// <summary>Several different ones.</summary>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<int> Find(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            // All at once: a port that is given back may be the next one given out.
            foreach (var listener in listeners)
                listener.Start();
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }
    }
}
