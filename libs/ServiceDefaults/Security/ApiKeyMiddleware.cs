using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Platform.ServiceDefaults.Security;

/// <summary>
/// Asks every call for <c>authorization: Bearer {Platform:ApiKey}</c> where a key is set. Health is exempt, and so is
/// what the service itself marks with <see cref="AllowWithoutApiKeyAttribute"/> (the Dashboard has its own sign-in).
/// </summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, IOptions<PlatformOptions> options)
{
    private const string Scheme = "Bearer ";
    private const string GrpcHealthPath = "/grpc.health.v1.Health";

    private readonly byte[]? _keyHash = options.Value.ApiKey is { Length: > 0 } key ? Hash(key) : null;

    public Task InvokeAsync(HttpContext context)
    {
        if (_keyHash is null || IsExempt(context) || HasKey(context.Request))
            return next(context);
        const string Message = "This call needs the header 'authorization: Bearer <API key>'.";
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) is true)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = ((int)StatusCode.Unauthenticated).ToString("D", null);
            context.Response.Headers["grpc-message"] = Uri.EscapeDataString(Message);
            return Task.CompletedTask;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsJsonAsync(
            new { error = new { message = Message, type = "invalid_request_error", code = "invalid_api_key" } });
    }

    private static bool IsExempt(HttpContext context)
    {
        var path = context.Request.Path;
        return path.StartsWithSegments(HealthPaths.Health, StringComparison.Ordinal)
            || path.StartsWithSegments(HealthPaths.Alive, StringComparison.Ordinal)
            || path.StartsWithSegments(GrpcHealthPath, StringComparison.Ordinal)
            || context.GetEndpoint()?.Metadata.GetMetadata<AllowWithoutApiKeyAttribute>() is not null;
    }

    private bool HasKey(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        // Hashes have one length, so that the comparison's time tells nothing of the key's.
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), _keyHash!);
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
