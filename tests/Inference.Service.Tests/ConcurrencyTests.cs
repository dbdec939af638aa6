using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Generation;

namespace Platform.Inference.Service.Tests;

public class ConcurrencyTests
{
    // So long that a generation lasts until it is cancelled.
    private const int LongContext = 16384;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StreamGenerate_SeveralAtOnce_GivesEachWhatItGetsAlone()
    {
        using var app = new InferenceApp();
        app.AddModel("a", seed: 7, blockSize: 256);
        app.AddModel("b", seed: 8, blockSize: 256);
        StreamGenerateRequest[] requests =
        [
            .. Enumerable.Range(0, 12).Select(i => new StreamGenerateRequest
            {
                Model = i % 3 == 0 ? "runs/b" : "runs/a",
                Prompt = string.Concat(Enumerable.Repeat("The boy runs. ", 1 + i)),
                Sampling = new() { Seed = i, MaxTokens = 60, Temperature = 0.8, IgnoreEndOfText = true },
            }),
        ];
        var alone = new List<List<int>>();
        foreach (var request in requests)
            alone.Add(await TokensAsync(app, request, Token));

        // One of them goes away in the middle.
        using var leaving = new CancellationTokenSource();
        using var left = app.Client.StreamGenerate(requests[0], cancellationToken: leaving.Token);
        var together = requests.Select(request => TokensAsync(app, request, Token)).ToList();
        Assert.True(await left.ResponseStream.MoveNext(Token));
        await leaving.CancelAsync();

        Assert.Equal(alone, await Task.WhenAll(together));
    }

    [Fact]
    public async Task StreamGenerate_Cancelled_FreesItsPlace()
    {
        using var app = new InferenceApp(("Inference:MaxConcurrent", "1"));
        app.AddModel("a", blockSize: LongContext);
        // 100 callers, one place: each would hold it for minutes.
        for (var i = 0; i < 100; i++)
        {
            using var stop = new CancellationTokenSource();
            using var call = app.Client.StreamGenerate(Endless(), cancellationToken: stop.Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            await stop.CancelAsync();
            await Assert.ThrowsAsync<RpcException>(async () =>
            {
                while (await call.ResponseStream.MoveNext(CancellationToken.None))
                {
                    // What was under way when the call was cancelled.
                }
            });
        }

        var response = await app.Client.GenerateAsync(
            new() { Model = "runs/a", Prompt = "The", Sampling = new() { MaxTokens = 3 } },
            deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: Token);
        Assert.NotEmpty(response.TokenIds);
    }

    [Fact]
    public async Task Generate_QueueFull_IsRefusedAndTheOthersGoOn()
    {
        using var app = new InferenceApp(("Inference:MaxConcurrent", "1"), ("Inference:MaxQueued", "1"));
        app.AddModel("a", blockSize: LongContext);
        using var stop = new CancellationTokenSource();
        using var running = app.Client.StreamGenerate(Endless(), cancellationToken: stop.Token);
        Assert.True(await running.ResponseStream.MoveNext(Token));

        // The engine is held between two tokens: nothing leaves the queue, so of two calls one must find it full,
        // whichever comes first and however fast the model is.
        using var go = new ManualResetEventSlim();
        var held = app.Services.GetRequiredService<GenerationEngine>().RunAsync(() => go.Wait(Token));
        var calls = Enumerable.Range(0, 2).Select(_ => FewTokensAsync(app)).ToList();
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await await Task.WhenAny(calls));
        Assert.True(refused.StatusCode == StatusCode.ResourceExhausted, refused.Status.Detail);
        Assert.Equal("QUEUE_FULL", InferenceApp.Details<ErrorInfo>(refused).Reason);
        go.Set();
        await held;

        Assert.True(await running.ResponseStream.MoveNext(Token));
        await stop.CancelAsync();
        Assert.Equal(3, (await calls.Single(call => !call.IsFaulted)).TokenIds.Count);
    }

    [Fact]
    public async Task StreamGenerate_Deadline_EndsItAndFreesItsPlace()
    {
        using var app = new InferenceApp(("Inference:MaxConcurrent", "1"));
        app.AddModel("a", blockSize: LongContext);
        await app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);
        using var call = app.Client.StreamGenerate(
            Endless(), deadline: DateTime.UtcNow.AddMilliseconds(500), cancellationToken: Token);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(Token))
            {
                // Goes on until the deadline.
            }
        });

        // Both sides watch the deadline. Where the server's comes first it resets the stream, which a reader may meet
        // as a broken one before its own (https://github.com/grpc/grpc/issues/2685).
        Assert.True(
            error.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Unavailable, error.ToString());
        Assert.Equal(3, (await FewTokensAsync(app)).TokenIds.Count);
    }

    private static async Task<GenerateResponse> FewTokensAsync(InferenceApp app) => await app.Client.GenerateAsync(
        new() { Model = "runs/a", Prompt = "The", Sampling = new() { MaxTokens = 3, IgnoreEndOfText = true } },
        deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: Token);

    private static StreamGenerateRequest Endless() => new()
    {
        Model = "runs/a",
        Prompt = "The boy",
        Sampling = new() { MaxTokens = LongContext - 100, IgnoreEndOfText = true },
    };

    private static async Task<List<int>> TokensAsync(
        InferenceApp app, StreamGenerateRequest request, CancellationToken cancellationToken)
    {
        using var call = app.Client.StreamGenerate(request, cancellationToken: cancellationToken);
        var messages = await call.ResponseStream.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken);
        return [.. messages.SelectMany(message => message.TokenIds)];
    }
}
