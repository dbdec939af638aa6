using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Platform.AppHost.Local;

/// <summary>Gives every endpoint its port before anything starts: the one asked for, or a free one.</summary>
internal static class Ports
{
    /// <summary>Chooses all ports; a port that is taken is an error that names all such ports, never a reason to
    /// choose another one in silence.</summary>
    public static void Allocate(IReadOnlyList<ProjectResource> resources)
    {
        var endpoints = resources.SelectMany(r => r.Endpoints.Select(e => (Resource: r, Endpoint: e))).ToList();
        var problems = new StringBuilder();
        var holders = new Dictionary<int, string>();
        foreach (var (resource, endpoint) in endpoints.Where(e => e.Endpoint.Port is not null))
        {
            var port = endpoint.Port!.Value;
            endpoint.AllocatedPort = port;
            var name = $"{resource.Name}, endpoint {endpoint.Name}";
            if (holders.TryGetValue(port, out var other))
            {
                problems.AppendLine(
                    $"Port {port} is asked for twice: {other} and {name}. {Advice(resource, endpoint)}");
            }
            else if (!IsFree(port))
            {
                problems.AppendLine($"Port {port} ({name}) is taken by another process. {Advice(resource, endpoint)}");
            }

            holders.TryAdd(port, name);
        }

        if (problems.Length > 0)
            throw new DistributedApplicationException(problems.ToString().TrimEnd());
        foreach (var (_, endpoint) in endpoints.Where(e => e.Endpoint.Port is null))
        {
            int port;
            do
                port = FreePort();
            while (!holders.TryAdd(port, endpoint.Name));
            endpoint.AllocatedPort = port;
        }
    }

    private static string Advice(ProjectResource resource, EndpointAnnotation endpoint) =>
        $"Free it, or choose another: --port {resource.Name}:{endpoint.Name}=PORT, or --ports BASE for all of them.";

    // Kestrel binds localhost on both loopback addresses; a port counts as taken when either is.
    private static bool IsFree(int port) => CanBind(IPAddress.Loopback, port) && CanBind(IPAddress.IPv6Loopback, port);

    private static bool CanBind(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode
            is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
        {
            // A machine without IPv6: Kestrel does without it, too.
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new DistributedApplicationException($"Port {port} may not be bound: {e.Message}", e);
        }
    }

    private static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (CanBind(IPAddress.IPv6Loopback, port))
                return port;
        }
    }
}
