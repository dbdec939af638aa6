using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

/// <summary>Bad input and vanishing callers, each while another stream runs, which must not notice.</summary>
public sealed class FaultTests : IDisposable
{
    private const int Context = 16384;

    private readonly InferenceApp _app = new();

    public FaultTests() => _app.AddModel("a", blockSize: Context);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Generate_EveryBadRequest_HasItsCodeAndDisturbsNobody()
    {
        using var adapterModel = TinyModels.Create(_app.Tokenizer);
        using var adapter = TinyModels.CreateAdapter(adapterModel);
        var otherFolder = _app.AddModel("other", seed: 9);
        TinyModels.WriteAdapter(_app.DataRoot, "tuned", 5, adapter, _app.Tokenizer, otherFolder, "runs/other@10");
        await UndisturbedAsync(async () =>
        {
            var stops = new SamplingParameters();
            stops.Stop.AddRange(Enumerable.Range(0, 1000).Select(i => $"stop {i}"));
            (GenerateRequest Request, StatusCode Code)[] cases =
            [
                (
                    new() { Model = "runs/a", Prompt = "x", Sampling = new() { MaxTokens = Context } },
                    StatusCode.InvalidArgument),
                (new() { Model = "runs/a", Prompt = new string('x', 40_000) }, StatusCode.InvalidArgument),
                (
                    new() { Model = "runs/a", Prompt = "x", Sampling = new() { Temperature = -1 } },
                    StatusCode.InvalidArgument),
                (
                    new() { Model = "runs/a", Prompt = "x", Sampling = new() { TopP = double.NaN } },
                    StatusCode.InvalidArgument),
                (new() { Model = "runs/a", Prompt = "x", Sampling = stops }, StatusCode.InvalidArgument),
                (new() { Model = "runs/a", PromptIds = { 1, int.MaxValue } }, StatusCode.InvalidArgument),
                (new() { Model = "runs/a", Prompt = "x", PromptIds = { 1 } }, StatusCode.InvalidArgument),
                (new() { Model = "runs/a", Prompt = "x", Priority = 1000 }, StatusCode.InvalidArgument),
                (new() { Model = "runs/none", Prompt = "x" }, StatusCode.NotFound),
                (new() { Model = "runs/a", Adapter = "runs/none", Prompt = "x" }, StatusCode.NotFound),
                (new() { Model = "runs/a", Adapter = "runs/other", Prompt = "x" }, StatusCode.InvalidArgument),
                (new() { Model = "runs/a", Adapter = "runs/tuned", Prompt = "x" }, StatusCode.FailedPrecondition),
            ];
            foreach (var (request, code) in cases)
            {
                await InferenceApp.ThrowsAsync(
                    code, () => _app.Client.GenerateAsync(request, cancellationToken: Token).ResponseAsync);
            }

            var error = await InferenceApp.ThrowsAsync(
                StatusCode.FailedPrecondition,
                () => _app.Client.GenerateAsync(cases[^1].Request, cancellationToken: Token).ResponseAsync);
            Assert.Equal("ADAPTER_OF_ANOTHER_BASE", InferenceApp.Details<ErrorInfo>(error).Reason);
        });
    }

    [Fact]
    public async Task Generate_FiftyMegabytes_AreRefusedOverBothProtocols() => await UndisturbedAsync(async () =>
    {
        var prompt = new string('x', 50_000_000);
        var error = await Assert.ThrowsAsync<RpcException>(() => _app.Client.GenerateAsync(
            new() { Model = "runs/a", Prompt = prompt }, cancellationToken: Token).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);

        using var content = JsonContent.Create(new { model = "runs/a", prompt });
        await content.LoadIntoBufferAsync(Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await _app.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    });

    [Fact]
    public async Task Completions_InvalidUtf8_IsRefused() => await UndisturbedAsync(async () =>
    {
        byte[] body = [.. "{\"model\": \"runs/a\", \"prompt\": \""u8, 0xC3, 0x28, .. "\"}"u8];
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var response = await _app.Http.PostAsync("v1/completions", content, Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("UTF-8", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    });

    [Fact]
    public async Task Generate_InvalidUtf8_IsRefused() => await UndisturbedAsync(async () =>
    {
        // A request as bytes, since no client of ours would write it: model = "runs/a", prompt = C3 28.
        var raw = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);
        var method = new Method<byte[], byte[]>(
            MethodType.Unary, "platform.inference.v1.InferenceService", "Generate", raw, raw);
        byte[] request = [0x0A, 6, .. "runs/a"u8, 0x12, 2, 0xC3, 0x28];

        var error = await InferenceApp.ThrowsAsync(StatusCode.InvalidArgument, () => _app.Channel.CreateCallInvoker()
            .AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Token), request).ResponseAsync);

        Assert.Equal("UNREADABLE_REQUEST", InferenceApp.Details<ErrorInfo>(error).Reason);
    });

    [Fact]
    public async Task Connections_FiveHundredThatSendNothing_DisturbNobody() => await UndisturbedAsync(async () =>
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 500; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                var address = i % 2 == 0 ? new Uri("http://" + _app.Channel.Target) : _app.Http.BaseAddress!;
                await socket.ConnectAsync(IPAddress.Loopback, address.Port, Token);
            }

            var response = await _app.Client.GenerateAsync(
                new() { Model = "runs/a", Prompt = "The", Sampling = new() { MaxTokens = 3 } },
                cancellationToken: Token);
            Assert.NotEmpty(response.TokenIds);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    });

    [Fact]
    public async Task StreamGenerate_HundredVanish_AndEveryPlaceIsFree()
    {
        await UndisturbedAsync(async () =>
        {
            using var stop = new CancellationTokenSource();
            var calls = Enumerable.Range(0, 100).Select(i => _app.Client.StreamGenerate(
                Endless(seed: i), cancellationToken: stop.Token)).ToList();
            // Those that have a place have begun, whichever came first; the others wait in the queue.
            var begun = calls.Select(call => call.ResponseStream.MoveNext(Token)).ToList();
            Assert.True(await await Task.WhenAny(begun));
            await stop.CancelAsync();
            await Task.WhenAll(begun)
                .ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
            foreach (var call in calls)
                call.Dispose();

            // Each of these needs a place, and none would come before the hundred had run for minutes.
            var after = Enumerable.Range(0, 15).Select(_ => _app.Client.GenerateAsync(
                new() { Model = "runs/a", Prompt = "The", Sampling = new() { MaxTokens = 3 } },
                deadline: DateTime.UtcNow.AddSeconds(60), cancellationToken: Token).ResponseAsync);
            Assert.All(await Task.WhenAll(after), response => Assert.NotNull(response.Usage));
        });
        var metrics = await _app.Http.GetStringAsync("metrics", Token);
        Assert.Contains("platform_inference_running", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_AfterAGeneration_TellOfItByModel()
    {
        await _app.Client.GenerateAsync(
            new() { Model = "runs/a", Prompt = "The", Sampling = new() { MaxTokens = 5, IgnoreEndOfText = true } },
            cancellationToken: Token);

        var metrics = await _app.Http.GetStringAsync("metrics", Token);

        foreach (var name in (string[])
            ["first_token", "inter_token", "batch", "tokens", "queue", "running", "kv_tokens", "kv_capacity"])
        {
            Assert.Contains(metrics.Split('\n'), line =>
                line.StartsWith("platform_inference_" + name, StringComparison.Ordinal)
                && line.Contains("model=\"runs/a@10\"", StringComparison.Ordinal));
        }
    }

    // Runs something while a stream goes on, and holds that stream against the model itself.
    private async Task UndisturbedAsync(Func<Task> work)
    {
        using var stop = new CancellationTokenSource();
        using var call = _app.Client.StreamGenerate(Endless(seed: 1234), cancellationToken: stop.Token);
        var seen = new List<int>();
        Assert.True(await call.ResponseStream.MoveNext(Token));
        seen.AddRange(call.ResponseStream.Current.TokenIds);

        await work();

        for (var i = 0; i < 40; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(Token));
            seen.AddRange(call.ResponseStream.Current.TokenIds);
        }

        await stop.CancelAsync();
        using var model = TinyModels.Create(_app.Tokenizer, Context);
        var expected = TextGenerator.Generate(
            model, _app.Tokenizer.Encode("The boy"), 30, new SamplingOptions { Seed = 1234 }, cancellationToken: Token);
        Assert.Equal(expected, seen.Take(30));
    }

    private static StreamGenerateRequest Endless(long seed) => new()
    {
        Model = "runs/a",
        Prompt = "The boy",
        Sampling = new() { Seed = seed, MaxTokens = Context - 100, IgnoreEndOfText = true },
    };
}
