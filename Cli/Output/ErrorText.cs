using Google.Rpc;
using Grpc.Core;
using Platform.Cli.Suite;
using StatusCode = Grpc.Core.StatusCode;

namespace Platform.Cli.Output;

/// <summary>Errors of calls in words.</summary>
internal static class ErrorText
{
    /// <summary>What happened and what to do; every wrong field on a line of its own.</summary>
    public static string Describe(RpcException error, SuiteAddresses addresses)
    {
        if (error.GetRpcStatus()?.GetDetail<BadRequest>() is { FieldViolations.Count: > 0 } request)
        {
            var lines = request.FieldViolations.Select(violation => $"  {violation.Field}: {violation.Description}");
            return "the request is wrong:\n" + string.Join('\n', lines);
        }

        return error.StatusCode switch
        {
            StatusCode.Unavailable when error.GetRpcStatus() is null =>
                $"the suite named by {addresses.Source} does not answer ({error.Status.Detail}). "
                + "Start it with 'dotnet run --project AppHost'.",
            StatusCode.Unauthenticated => $"{error.Status.Detail} Set PLATFORM_API_KEY.",
            _ => $"{error.Status.Detail} ({error.StatusCode})",
        };
    }
}
