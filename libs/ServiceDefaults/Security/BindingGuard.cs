using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Platform.ServiceDefaults.Security;

/// <summary>Refuses to start where the service would listen beyond this machine without an API key.</summary>
internal sealed class BindingGuard(IConfiguration configuration, IOptions<PlatformOptions> options) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(options.Value.ApiKey))
            return Task.CompletedTask;
        var open = Urls().Where(url => !IsLoopback(url)).ToList();
        if (open.Count > 0)
        {
            throw new InvalidOperationException(
                $"Would listen on {string.Join(", ", open)}, which other machines can reach, without an API key. "
                + "Set Platform:ApiKey, or bind to localhost.");
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<string> Urls()
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren()
            .Select(endpoint => endpoint["Url"])
            .OfType<string>()
            .ToList();
        return endpoints.Count > 0
            ? endpoints
            : (configuration["urls"] ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries);
    }

    internal static bool IsLoopback(string url)
    {
        // BindingAddress's forms: a host name, an address, or * and + for every address.
        var separator = url.IndexOf("://", StringComparison.Ordinal);
        var rest = separator < 0 ? url : url[(separator + 3)..];
        if (rest.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
            return true;
        var end = rest.StartsWith('[') ? rest.IndexOf(']', StringComparison.Ordinal) + 1 : rest.IndexOfAny([':', '/']);
        var host = (end > 0 ? rest[..end] : rest).Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
