using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Tests.Clients;

public sealed class CallFailureTests
{
    [Fact]
    public void From_InvalidArgumentWithViolations_NamesTheFields()
    {
        var bad = new BadRequest();
        bad.FieldViolations.Add(new BadRequest.Types.FieldViolation
        {
            Field = "spec.model.n_head",
            Description = "Must divide n_embd.",
        });
        var status = new Google.Rpc.Status
        {
            Code = (int)Code.InvalidArgument,
            Message = "spec.a: Wrong. spec.b: Wrong.",
            Details = { Any.Pack(bad) },
        };

        var failure = CallFailure.From(status.ToRpcException(), "trainer");

        Assert.Equal(FailureKind.Invalid, failure.Kind);
        Assert.Equal("spec.a: Wrong. spec.b: Wrong.", failure.Message);
        Assert.Equal([new FieldProblem("spec.model.n_head", "Must divide n_embd.")], failure.Fields);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, FailureKind.Disconnected)]
    [InlineData(StatusCode.DeadlineExceeded, FailureKind.Disconnected)]
    [InlineData(StatusCode.NotFound, FailureKind.NotFound)]
    [InlineData(StatusCode.FailedPrecondition, FailureKind.Conflict)]
    [InlineData(StatusCode.AlreadyExists, FailureKind.Conflict)]
    [InlineData(StatusCode.ResourceExhausted, FailureKind.Busy)]
    [InlineData(StatusCode.Unauthenticated, FailureKind.Denied)]
    [InlineData(StatusCode.Cancelled, FailureKind.Cancelled)]
    [InlineData(StatusCode.Internal, FailureKind.Fault)]
    [InlineData(StatusCode.DataLoss, FailureKind.Fault)]
    public void From_Code_IsOfItsKind(StatusCode code, FailureKind kind) =>
        Assert.Equal(kind, CallFailure.From(new RpcException(new(code, "words")), "eval").Kind);

    [Fact]
    public void From_Unavailable_SaysWhichServiceAndNotTheSocketsWords()
    {
        var failure = CallFailure.From(
            new RpcException(new(StatusCode.Unavailable, "Error starting gRPC call.")), "eval");

        Assert.Equal("The eval service does not answer.", failure.Message);
        Assert.True(failure.IsPassing);
    }
}
