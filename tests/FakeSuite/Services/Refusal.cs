using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Platform.FakeSuite.Services;

/// <summary>Errors in the form in which the services give them.</summary>
internal static class Refusal
{
    /// <summary>A field that was given wrongly.</summary>
    public static RpcException Field(string path, string message)
    {
        var violations = new BadRequest();
        violations.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = path, Description = message });
        return new Google.Rpc.Status
        {
            Code = (int)Code.InvalidArgument,
            Message = $"{path}: {message}",
            Details = { Any.Pack(violations) },
        }.ToRpcException();
    }

    /// <summary>Something that does not exist.</summary>
    public static RpcException NotFound(string name) => new(new(StatusCode.NotFound, $"{name} does not exist."));

    /// <summary>Something that does not fit the state.</summary>
    public static RpcException Conflict(string message) => new(new(StatusCode.FailedPrecondition, message));
}
