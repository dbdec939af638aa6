using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using TokenizerMessage = Platform.Contracts.Tokenizer.V1.Tokenizer;

namespace Platform.Tokenizer.Service.Tests;

/// <summary>Calls that several tests of tokenizers make.</summary>
internal static class TokenizerCalls
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Creates a tokenizer and waits until it has ended, well or not.</summary>
    public static async Task<TokenizerMessage> MakeAsync(this TokenizerHost host, string id, TokenizerSpec spec)
    {
        var created = await host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = id, Spec = spec }, cancellationToken: Token);
        return await host.WaitAsync(created.Tokenizer.Name);
    }

    /// <summary>Trains a tokenizer on a text.</summary>
    public static async Task<TokenizerMessage> TrainAsync(
        this TokenizerHost host, string id, string text, int vocabularySize)
    {
        var made = await host.MakeAsync(id, new TokenizerSpec
        {
            VocabularySize = vocabularySize,
            MinFrequency = 1,
            Inputs = { host.Write($"uploads/{id}-text/text.txt", text) },
        });
        Assert.True(made.State == State.Succeeded, made.Error?.Message);
        return made;
    }

    /// <summary>Watches until the work has ended and returns the last state told.</summary>
    public static async Task<TokenizerMessage> WaitAsync(this TokenizerHost host, string name)
    {
        using var watch = host.Tokenizers.WatchTokenizer(
            new WatchTokenizerRequest { Name = name },
            deadline: DateTime.UtcNow.AddSeconds(60),
            cancellationToken: Token);
        TokenizerMessage? last = null;
        while (await watch.ResponseStream.MoveNext(Token))
            last = watch.ResponseStream.Current.Tokenizer;
        return last!;
    }

    /// <summary>A call that is refused with a code.</summary>
    public static Task<RpcException> RefusedAsync<T>(StatusCode code, Func<AsyncUnaryCall<T>> call) =>
        RefusedAsync(code, async () => await call());

    /// <summary>A call that is refused with a code.</summary>
    public static async Task<RpcException> RefusedAsync(StatusCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(code == error.StatusCode, error.ToString());
        Assert.Equal("platform", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Domain);
        return error;
    }

    /// <summary>The fields that a refusal names.</summary>
    public static IEnumerable<string> Fields(this RpcException error) =>
        error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field);
}
