using Grpc.Health.V1;
using Grpc.Net.ClientFactory;
using Platform.Contracts.Server.V1;

namespace Platform.Dashboard.Clients;

/// <summary>What every service says about itself.</summary>
/// <param name="clients">Makes the named clients.</param>
public sealed class ServersClient(GrpcClientFactory clients)
{
    /// <summary>The services' names, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> Names { get; } = ["tokenizer", "trainer", "eval", "inference"];

    /// <summary>The name of the client that asks for a service's health.</summary>
    /// <param name="service">The service's name.</param>
    public static string HealthClientOf(string service) => service + "-health";

    /// <summary>Version, devices, limits and disk of a service.</summary>
    public Task<Outcome<GetServerInfoResponse>> GetInfoAsync(string service, CancellationToken token)
    {
        var client = clients.CreateClient<ServerService.ServerServiceClient>(service);
        return Calls.TryAsync(service, o => client.GetServerInfoAsync(new(), o), token);
    }

    /// <summary>Follows a service's health; never ends by itself.</summary>
    public IAsyncEnumerable<HealthCheckResponse> WatchHealth(string service, CancellationToken token)
    {
        var client = clients.CreateClient<Health.HealthClient>(HealthClientOf(service));
        return Calls.ReadAsync(client.Watch(new() { Service = "" }, cancellationToken: token), token);
    }
}
