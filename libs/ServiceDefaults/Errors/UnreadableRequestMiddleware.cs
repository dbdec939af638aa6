using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Platform.ServiceDefaults.Errors;

/// <summary>
/// A request that is no message (a text that is not UTF-8, bytes that mean nothing) fails before any interceptor is
/// asked, and gRPC's server answers UNKNOWN. As the interceptor lets no UNKNOWN out, it can only be that, and becomes
/// INVALID_ARGUMENT.
/// </summary>
internal sealed class UnreadableRequestMiddleware(RequestDelegate next)
{
    private const string StatusHeader = "grpc-status";
    private const string DetailsHeader = "grpc-status-details-bin";

    private static readonly string s_unknown = ((int)StatusCode.Unknown).ToString(CultureInfo.InvariantCulture);

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        var headers = context.Response.Headers;
        if (context.Response.HasStarted || headers[StatusHeader] != s_unknown)
            return;
        var error = ErrorStatus.Unreadable();
        headers[StatusHeader] = ((int)error.StatusCode).ToString(CultureInfo.InvariantCulture);
        headers["grpc-message"] = Uri.EscapeDataString(error.Status.Detail);
        headers[DetailsHeader] = Convert.ToBase64String(error.Trailers.GetValueBytes(DetailsHeader)!);
    }
}
