using Grpc.Core;

namespace Platform.ServiceDefaults.Tests;

/// <summary>Throws what the test tells it to, in each kind of call.</summary>
public sealed class ThrowerService(Func<Exception> error) : ThrowerServiceBase
{
    public override Task<byte[]> Unary(byte[] request, ServerCallContext context) => throw error();

    public override Task<byte[]> ClientStreaming(IAsyncStreamReader<byte[]> requests, ServerCallContext context) =>
        throw error();

    public override Task ServerStreaming(
        byte[] request, IServerStreamWriter<byte[]> responses, ServerCallContext context) => throw error();

    public override Task DuplexStreaming(
        IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> responses, ServerCallContext context) =>
        throw error();
}
