using Google.Rpc;
using Grpc.Core;

namespace Platform.Dashboard.Clients;

/// <summary>What kind of trouble a call met, as far as a page treats it differently.</summary>
public enum FailureKind
{
    /// <summary>The service does not answer; it may come back by itself.</summary>
    Disconnected,

    /// <summary>What was asked for does not exist.</summary>
    NotFound,

    /// <summary>What was sent is wrong; <see cref="CallFailure.Fields"/> says where.</summary>
    Invalid,

    /// <summary>What was asked for does not fit the state of the resource.</summary>
    Conflict,

    /// <summary>A queue or a quota is full.</summary>
    Busy,

    /// <summary>The service does not accept the API key.</summary>
    Denied,

    /// <summary>The page went away, or the user stopped it.</summary>
    Cancelled,

    /// <summary>The service has a fault.</summary>
    Fault,
}

/// <summary>A field that a service refused.</summary>
/// <param name="Path">The field's path inside the request, such as <c>spec.batch.micro_batch_size</c>.</param>
/// <param name="Message">What is wrong, for people.</param>
public sealed record FieldProblem(string Path, string Message);

/// <summary>A call that failed, in the words in which a page says it.</summary>
/// <param name="Kind">What a page does about it.</param>
/// <param name="Message">What happened.</param>
/// <param name="Advice">What the reader can do.</param>
/// <param name="Fields">The fields that were refused.</param>
public sealed record CallFailure(
    FailureKind Kind, string Message, string Advice, IReadOnlyList<FieldProblem> Fields)
{
    /// <summary>Whether the same call may succeed later without anybody changing anything.</summary>
    public bool IsPassing => Kind is FailureKind.Disconnected or FailureKind.Busy;

    /// <summary>Puts an error of the wire into words.</summary>
    /// <param name="error">The error.</param>
    /// <param name="service">The service that was called, for the words.</param>
    public static CallFailure From(RpcException error, string service)
    {
        var kind = KindOf(error.StatusCode);
        var message = kind is FailureKind.Disconnected
            ? $"The {service} service does not answer."
            : error.Status.Detail;
        return new(kind, message, AdviceFor(kind, service), FieldsOf(error));
    }

    private static FailureKind KindOf(StatusCode code) => code switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => FailureKind.Disconnected,
        StatusCode.NotFound => FailureKind.NotFound,
        StatusCode.InvalidArgument or StatusCode.OutOfRange => FailureKind.Invalid,
        StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.Aborted => FailureKind.Conflict,
        StatusCode.ResourceExhausted => FailureKind.Busy,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => FailureKind.Denied,
        StatusCode.Cancelled => FailureKind.Cancelled,
        _ => FailureKind.Fault,
    };

    private static string AdviceFor(FailureKind kind, string service) => kind switch
    {
        FailureKind.Disconnected =>
            $"This page tries again by itself. If it stays so, look at the log of the {service} service.",
        FailureKind.NotFound => "It may have been deleted. Go back to the list.",
        FailureKind.Busy => "Wait until something has finished, then try again.",
        FailureKind.Denied => "Start the Dashboard with the same Platform:ApiKey as the services.",
        FailureKind.Fault => $"Look for the id in the log of the {service} service.",
        _ => "",
    };

    private static List<FieldProblem> FieldsOf(RpcException error) =>
        error.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations
            .Select(v => new FieldProblem(v.Field, v.Description)).ToList() ?? [];
}
