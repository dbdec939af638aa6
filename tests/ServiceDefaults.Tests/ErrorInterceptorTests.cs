using Google.Rpc;
using Grpc.Core;
using Platform.Workspaces.Errors;

namespace Platform.ServiceDefaults.Tests;

public sealed class ErrorInterceptorTests
{
    public static TheoryData<string> Kinds => ["Unary", "ClientStreaming", "ServerStreaming", "DuplexStreaming"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_WrongFields_NamesEveryFieldInEachKindOfCall(string kind)
    {
        await using var service = await TestService.StartAsync(() => new InvalidArgumentException(
            [new("spec.model.n_head", "0 is below 1."), new("spec.max_steps", "-1 is below 1.")]));

        var error = await CallAsync(service, kind);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        var fields = error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations;
        Assert.Equal(["spec.model.n_head", "spec.max_steps"], fields.Select(field => field.Field));
        Assert.Equal("INVALID_ARGUMENT", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_UnforeseenError_TellsNothingButAnId(string kind)
    {
        await using var service = await TestService.StartAsync(() => new InvalidOperationException("secret detail"));

        var error = await CallAsync(service, kind);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("under the id", error.Status.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<string, StatusCode> Errors => new()
    {
        { nameof(NotFoundException), StatusCode.NotFound },
        { nameof(AlreadyExistsException), StatusCode.AlreadyExists },
        { nameof(FailedPreconditionException), StatusCode.FailedPrecondition },
        { nameof(ResourceExhaustedException), StatusCode.ResourceExhausted },
        { nameof(UnavailableException), StatusCode.Unavailable },
        { nameof(DataLossException), StatusCode.DataLoss },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Call_TypedError_HasItsCodeReasonAndMessage(string type, StatusCode expected)
    {
        await using var service = await TestService.StartAsync(() => Create(type));

        var error = await CallAsync(service, "Unary");

        Assert.Equal(expected, error.StatusCode);
        Assert.Equal("What happened.", error.Status.Detail);
        Assert.Equal("SOME_REASON", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    private static Exception Create(string type) => type switch
    {
        nameof(NotFoundException) => new NotFoundException("SOME_REASON", "What happened."),
        nameof(AlreadyExistsException) => new AlreadyExistsException("SOME_REASON", "What happened."),
        nameof(FailedPreconditionException) => new FailedPreconditionException("SOME_REASON", "What happened."),
        nameof(ResourceExhaustedException) => new ResourceExhaustedException("SOME_REASON", "What happened."),
        nameof(UnavailableException) => new UnavailableException("SOME_REASON", "What happened."),
        nameof(DataLossException) => new DataLossException("SOME_REASON", "What happened."),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static async Task<RpcException> CallAsync(TestService service, string kind)
    {
        using var channel = service.CreateChannel();
        var invoker = channel.CreateCallInvoker();
        var options = new CallOptions(cancellationToken: TestContext.Current.CancellationToken);
        return await Assert.ThrowsAsync<RpcException>(async () =>
        {
            switch (kind)
            {
                case "Unary":
                    await invoker.AsyncUnaryCall(ThrowerServiceBase.UnaryMethod, null, options, []);
                    break;
                case "ClientStreaming":
                    await invoker.AsyncClientStreamingCall(ThrowerServiceBase.ClientStreamingMethod, null, options);
                    break;
                case "ServerStreaming":
                    await invoker.AsyncServerStreamingCall(ThrowerServiceBase.ServerStreamingMethod, null, options, [])
                        .ResponseStream.MoveNext(options.CancellationToken);
                    break;
                default:
                    await invoker.AsyncDuplexStreamingCall(ThrowerServiceBase.DuplexStreamingMethod, null, options)
                        .ResponseStream.MoveNext(options.CancellationToken);
                    break;
            }
        });
    }
}
