using Grpc.Core;

namespace Platform.ServiceDefaults.Tests;

/// <summary>What protoc would generate for a service with one method of each kind over plain bytes.</summary>
[BindServiceMethod(typeof(ThrowerServiceBase), nameof(BindService))]
public abstract class ThrowerServiceBase
{
    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create(value => value, bytes => bytes);

    internal static Method<byte[], byte[]> UnaryMethod { get; } = Create(MethodType.Unary);

    internal static Method<byte[], byte[]> ClientStreamingMethod { get; } = Create(MethodType.ClientStreaming);

    internal static Method<byte[], byte[]> ServerStreamingMethod { get; } = Create(MethodType.ServerStreaming);

    internal static Method<byte[], byte[]> DuplexStreamingMethod { get; } = Create(MethodType.DuplexStreaming);

    public static void BindService(ServiceBinderBase binder, ThrowerServiceBase? service)
    {
        binder.AddMethod(UnaryMethod, service is null ? null : service.Unary);
        binder.AddMethod(ClientStreamingMethod, service is null ? null : service.ClientStreaming);
        binder.AddMethod(ServerStreamingMethod, service is null ? null : service.ServerStreaming);
        binder.AddMethod(DuplexStreamingMethod, service is null ? null : service.DuplexStreaming);
    }

    public abstract Task<byte[]> Unary(byte[] request, ServerCallContext context);

    public abstract Task<byte[]> ClientStreaming(IAsyncStreamReader<byte[]> requests, ServerCallContext context);

    public abstract Task ServerStreaming(
        byte[] request, IServerStreamWriter<byte[]> responses, ServerCallContext context);

    public abstract Task DuplexStreaming(
        IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> responses, ServerCallContext context);

    private static Method<byte[], byte[]> Create(MethodType type) =>
        new(type, "platform.test.Thrower", type.ToString(), s_bytes, s_bytes);
}
