using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Platform.ServiceDefaults.Clients;

/// <summary>gRPC clients of the platform's services, found by service discovery.</summary>
public static class PlatformClientExtensions
{
    private static readonly string[] s_readOnlyVerbs = ["Get", "List", "Preview"];

    /// <summary>
    /// Registers a client of <paramref name="service"/> (its endpoint named grpc). Calls carry the API key; unary calls
    /// that only read are tried again while the service is UNAVAILABLE, at most four times within about two seconds.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="service">tokenizer, trainer, eval or inference.</param>
    /// <param name="descriptor">The gRPC service's descriptor, which tells the calls that only read.</param>
    /// <param name="name">Name for GrpcClientFactory, where one type calls several services; else none.</param>
    public static IHttpClientBuilder AddPlatformClient<TClient>(
        this IServiceCollection services,
        string service,
        Google.Protobuf.Reflection.ServiceDescriptor descriptor,
        string? name = null)
        where TClient : ClientBase
    {
        var address = new Uri($"http://_grpc.{service}");
        var client = name is null
            ? services.AddGrpcClient<TClient>(options => options.Address = address)
            : services.AddGrpcClient<TClient>(name, options => options.Address = address);
        return client
            .ConfigureChannel(options =>
            {
                options.ServiceConfig = new ServiceConfig { MethodConfigs = { RetryReads(descriptor) } };
                options.MaxReceiveMessageSize = PlatformLimits.MaxMessageBytes;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                // A hundred streams fit on a connection; watched pages soon need more.
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                ConnectTimeout = TimeSpan.FromSeconds(5),
            })
            .ConfigureHttpClient((provider, client) =>
            {
                if (provider.GetRequiredService<IOptions<PlatformOptions>>().Value.ApiKey is { Length: > 0 } key)
                    client.DefaultRequestHeaders.Authorization = new("Bearer", key);
                client.Timeout = Timeout.InfiniteTimeSpan;
            })
            .AddServiceDiscovery();
    }

    private static MethodConfig RetryReads(Google.Protobuf.Reflection.ServiceDescriptor descriptor)
    {
        var config = new MethodConfig
        {
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = 4,
                InitialBackoff = TimeSpan.FromMilliseconds(200),
                MaxBackoff = TimeSpan.FromSeconds(1),
                BackoffMultiplier = 2,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
        foreach (var method in descriptor.Methods.Where(method => IsRead(method)))
            config.Names.Add(new MethodName { Service = descriptor.FullName, Method = method.Name });
        return config;
    }

    private static bool IsRead(MethodDescriptor method) =>
        !method.IsClientStreaming && !method.IsServerStreaming
        && s_readOnlyVerbs.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal));
}
