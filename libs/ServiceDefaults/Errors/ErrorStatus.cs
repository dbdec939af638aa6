using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Platform.Workspaces.Errors;
using RpcStatus = Google.Rpc.Status;

namespace Platform.ServiceDefaults.Errors;

/// <summary>Builds <c>google.rpc.Status</c> with ErrorInfo, and BadRequest where fields are wrong.</summary>
public static class ErrorStatus
{
    /// <summary>The domain of every ErrorInfo.</summary>
    public const string Domain = "platform";

    /// <summary>The status of a foreseen error; null for any other.</summary>
    public static RpcException? TryTranslate(Exception error) => error switch
    {
        InvalidArgumentException e => Create(Code.InvalidArgument, e.Reason, e.Message, ToBadRequest(e)),
        NotFoundException e => Create(Code.NotFound, e.Reason, e.Message),
        AlreadyExistsException e => Create(Code.AlreadyExists, e.Reason, e.Message),
        FailedPreconditionException e => Create(Code.FailedPrecondition, e.Reason, e.Message),
        ResourceExhaustedException e => Create(Code.ResourceExhausted, e.Reason, e.Message),
        UnavailableException e => Create(Code.Unavailable, e.Reason, e.Message),
        DataLossException e => Create(Code.DataLoss, e.Reason, e.Message),
        _ => null,
    };

    internal static RpcException Stopping() =>
        Create(Code.Unavailable, "STOPPING", "The service is stopping; try again when it is back.");

    internal static RpcException Unreadable() => Create(
        Code.InvalidArgument, "UNREADABLE_REQUEST", "The request is no valid message; texts must be UTF-8.");

    internal static RpcException Ended(bool deadlinePassed) => deadlinePassed
        ? Create(Code.DeadlineExceeded, "DEADLINE_EXCEEDED", "The call's deadline has passed.")
        : Create(Code.Cancelled, "CANCELLED", "The caller cancelled the call.");

    internal static RpcException Unforeseen(string id) => Create(
        Code.Internal, "INTERNAL", $"Something went wrong inside the service. Its log has more under the id {id}.");

    private static BadRequest ToBadRequest(InvalidArgumentException error)
    {
        var request = new BadRequest();
        request.FieldViolations.AddRange(error.Violations.Select(violation => new BadRequest.Types.FieldViolation
        {
            Field = violation.Field,
            Description = violation.Description,
        }));
        return request;
    }

    private static RpcException Create(Code code, string reason, string message, BadRequest? fields = null)
    {
        var status = new RpcStatus { Code = (int)code, Message = message };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = reason, Domain = Domain }));
        if (fields is not null)
            status.Details.Add(Any.Pack(fields));
        return status.ToRpcException();
    }
}
