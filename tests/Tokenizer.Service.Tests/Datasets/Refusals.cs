using Google.Rpc;
using Grpc.Core;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>Expects calls to be refused, with their details.</summary>
internal static class Refusals
{
    /// <summary>Expects a status with a reason; answers its message.</summary>
    public static async Task<string> ExpectAsync<T>(StatusCode code, string reason, Func<Task<T>> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(code, error.StatusCode);
        Assert.Equal(reason, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        return error.Status.Detail;
    }

    /// <inheritdoc cref="ExpectAsync{T}(StatusCode, string, Func{Task{T}})"/>
    public static Task<string> ExpectAsync<T>(StatusCode code, string reason, Func<AsyncUnaryCall<T>> call) =>
        ExpectAsync(code, reason, async () => await call());

    /// <summary>Expects INVALID_ARGUMENT for exactly these fields.</summary>
    public static async Task ExpectFieldsAsync<T>(Func<Task<T>> call, params string[] fields)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            fields,
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));
    }
}
