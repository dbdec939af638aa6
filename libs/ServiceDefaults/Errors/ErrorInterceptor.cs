using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Platform.ServiceDefaults.Errors;

/// <summary>
/// Turns exceptions of all four kinds of call into gRPC statuses with details. An error nobody foresaw becomes INTERNAL
/// with a fixed text and an id that stands in the log.
/// </summary>
internal sealed partial class ErrorInterceptor(
    IHostApplicationLifetime lifetime, ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    private RpcException Translate(Exception error, ServerCallContext context)
    {
        // A call that ended because the service stops should be tried again elsewhere or later.
        if (error is OperationCanceledException or IOException && lifetime.ApplicationStopping.IsCancellationRequested)
            return ErrorStatus.Stopping();
        if (error is OperationCanceledException or IOException && context.CancellationToken.IsCancellationRequested)
            return ErrorStatus.Ended(context.Deadline <= DateTime.UtcNow);
        if (ErrorStatus.TryTranslate(error) is { } known)
            return known;
        // A part of a stream of requests; a single request fails before this is asked.
        if (error is InvalidProtocolBufferException)
            return ErrorStatus.Unreadable();
        var id = Guid.NewGuid().ToString("N")[..12];
        LogUnforeseen(error, id, context.Method);
        return ErrorStatus.Unforeseen(id);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Error {Id} in {Method}.")]
    private partial void LogUnforeseen(Exception error, string id, string method);
}
