using System.Globalization;

namespace Platform.AppHost.Local;

/// <summary>A service's endpoint as others see it; its address is known once the suite starts.</summary>
public sealed class EndpointReference(ProjectResource resource, EndpointAnnotation annotation)
{
    /// <summary>The endpoint's name.</summary>
    public string EndpointName => EndpointAnnotation.Name;

    /// <summary>The endpoint's settings.</summary>
    public EndpointAnnotation EndpointAnnotation { get; } = annotation;

    /// <summary>The port that the service listens on.</summary>
    public int Port => EndpointAnnotation.AllocatedPort ?? throw new InvalidOperationException(
        $"The endpoint {EndpointName} of {resource.Name} has no port before the suite starts.");

    /// <summary>
    /// Scheme, host and port. Services listen on loopback unless told otherwise, so the host is localhost.
    /// </summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"{EndpointAnnotation.UriScheme}://{Host}:{Port}");

    /// <summary>What Kestrel is told to bind to.</summary>
    internal string BindingUrl => string.Create(
        CultureInfo.InvariantCulture, $"{EndpointAnnotation.UriScheme}://{EndpointAnnotation.TargetHost}:{Port}");

    // A wildcard is something to bind to, not somewhere to call.
    private string Host => EndpointAnnotation.TargetHost is "*" or "+" or "0.0.0.0" or "[::]"
        ? "localhost"
        : EndpointAnnotation.TargetHost;
}
