using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.Contracts.Inference.V1;
using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

/// <summary>
/// Requests and connections that would cost memory, against the service as a process of its own, whose memory can be
/// told from its callers'; streams go on meanwhile, and get what they get alone.
/// </summary>
public sealed class FloodTests : IDisposable
{
    private const int Context = 16384;
    private const int Streams = 4;
    private const int Compared = 30; // tokens of each stream
    private const int RequestBytes = 50_000_000;
    private const int GrpcRequests = 20;
    private const int GrpcRequestsAtOnce = 5; // those of our own client take its memory
    private const int HttpRequestsAtOnce = 40;
    private const int SilentConnections = 500;

    // What a flood may cost for a while: 32 MB of bodies and as much again of the smaller buffers that they grew out
    // of, up to 1 MB that each connection has read ahead, and what the streams leave to the garbage collector
    // meanwhile; 209 to 253 MB were seen in thirty runs. Had the service kept the requests, it would be 3,000 MB.
    private const long AllowedBytes = 500_000_000;

    private readonly TempFolder _folder = new();
    private readonly string _prompt = new('x', RequestBytes);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StreamGenerate_UnderHugeRequestsAndSilentConnections_GoesOnInBoundedMemory()
    {
        var tokenizer = TinyModels.Bpe();
        using var model = TinyModels.Create(tokenizer, Context);
        TinyModels.WriteCheckpoint(_folder.Path, "a", 10, model, tokenizer);
        using var service = await ServiceProcess.StartAsync("Inference.Service", _folder.Path);
        using var channel = GrpcChannel.ForAddress(service.Grpc);
        var client = new InferenceService.InferenceServiceClient(channel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var readers = Enumerable.Range(0, Streams).Select(i => new Reader(client, seed: i, stop.Token)).ToList();
        await Task.WhenAll(readers.Select(reader => reader.ReachAsync(20)));
        // One of each, so that what is compiled and kept for all times is there.
        await RefusedByGrpcAsync(service.Grpc);
        await RefusedByHttpAsync(service.Http);

        var before = PeakBytes(service.Pid);
        var sockets = await ConnectAsync(service);
        try
        {
            var seen = readers.Select(reader => reader.Count).ToList();
            var overHttp = Enumerable.Range(0, HttpRequestsAtOnce)
                .Select(_ => RefusedByHttpAsync(service.Http))
                .ToList();
            for (var sent = 0; sent < GrpcRequests; sent += GrpcRequestsAtOnce)
            {
                await Task.WhenAll(
                    Enumerable.Range(0, GrpcRequestsAtOnce).Select(_ => RefusedByGrpcAsync(service.Grpc)));
            }

            await Task.WhenAll(overHttp);
            // While all the silent ones are still connected: everybody's stream moves on, and others are served.
            await Task.WhenAll(readers.Select((reader, i) => reader.ReachAsync(seen[i] + 20)));
            var response = await client.GenerateAsync(
                new() { Model = "runs/a", Prompt = "The", Sampling = new() { MaxTokens = 3 } },
                cancellationToken: Token);
            Assert.NotEmpty(response.TokenIds);
            Assert.All(sockets, socket => Assert.True(socket.Connected));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        Assert.InRange(PeakBytes(service.Pid) - before, 0, AllowedBytes);
        Assert.All(readers, reader => Assert.False(reader.Ended));
        await stop.CancelAsync();
        var ids = tokenizer.Encode("The boy");
        for (var i = 0; i < Streams; i++)
        {
            Assert.Equal(
                TextGenerator.Generate(
                    model, ids, Compared, new SamplingOptions { Seed = i }, cancellationToken: Token),
                await readers[i].FinishAsync());
        }
    }

    // Over a connection of its own, as another caller's: the service ends one on which a refused request goes on coming
    // for long, and that would be the readers' too.
    private async Task RefusedByGrpcAsync(Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new InferenceService.InferenceServiceClient(channel);
        var error = await Assert.ThrowsAsync<RpcException>(() => client.GenerateAsync(
            new() { Model = "runs/a", Prompt = _prompt }, cancellationToken: Token).ResponseAsync);
        Assert.True(error.StatusCode == StatusCode.ResourceExhausted, $"{error}");
    }

    // Without a length beforehand, so that the service cannot refuse before it has read.
    private static async Task RefusedByHttpAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = new Endless() };
        request.Headers.TransferEncodingChunked = true;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            Assert.True(
                response.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.TooManyRequests,
                $"{response.StatusCode}");
        }
        catch (HttpRequestException e) when (e.InnerException is IOException or SocketException)
        {
            // Answered and closed before the client was done writing, which is how it has to be.
        }
    }

    private static async Task<List<Socket>> ConnectAsync(ServiceProcess service)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < SilentConnections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, (i % 2 == 0 ? service.Grpc : service.Http).Port, Token);
        }

        return sockets;
    }

    // The largest resident memory so far, as the kernel counts it.
    private static long PeakBytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
    }

    /// <summary>A stream that is read as fast as it comes, and begun anew at its end.</summary>
    private sealed class Reader
    {
        private readonly InferenceService.InferenceServiceClient _client;
        private readonly long _seed;
        private readonly List<int> _seen = [];
        private readonly Task _reading;
        private int _count;

        public Reader(InferenceService.InferenceServiceClient client, long seed, CancellationToken cancellationToken)
        {
            (_client, _seed) = (client, seed);
            _reading = ReadAsync(cancellationToken);
        }

        /// <summary>Tokens so far.</summary>
        public int Count => Volatile.Read(ref _count);

        /// <summary>Whether nothing more comes: it was cancelled, or something went wrong.</summary>
        public bool Ended => _reading.IsCompleted;

        /// <summary>Waits for so many tokens.</summary>
        public Task ReachAsync(int count) => Eventually.HoldsAsync(() => Ended || Count >= count);

        /// <summary>The first tokens, once the stream is cancelled.</summary>
        /// <exception cref="RpcException">It ended in another way.</exception>
        public async Task<IReadOnlyList<int>> FinishAsync()
        {
            await _reading;
            return _seen;
        }

        private async Task ReadAsync(CancellationToken cancellationToken)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                using var call = _client.StreamGenerate(
                    new()
                    {
                        Model = "runs/a",
                        Prompt = "The boy",
                        Sampling = new() { Seed = _seed, MaxTokens = Context - 100, IgnoreEndOfText = true },
                    },
                    cancellationToken: cancellationToken);
                try
                {
                    while (await call.ResponseStream.MoveNext(cancellationToken))
                    {
                        var ids = call.ResponseStream.Current.TokenIds;
                        _seen.AddRange(ids.Take(Compared - _seen.Count));
                        Interlocked.Add(ref _count, ids.Count);
                    }
                }
                catch (RpcException) when (cancellationToken.IsCancellationRequested)
                {
                    // Mostly CANCELLED; UNAVAILABLE where the reader met the aborted stream before its own token.
                }
            }
        }
    }

    /// <summary>A JSON text of 50 MB that is written piece by piece.</summary>
    private sealed class Endless : HttpContent
    {
        public Endless() => Headers.ContentType = new MediaTypeHeaderValue("application/json");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("{\"model\": \"runs/a\", \"prompt\": \""u8.ToArray(), Token);
            var piece = new byte[100_000];
            Array.Fill(piece, (byte)'x');
            for (var sent = 0; sent < RequestBytes; sent += piece.Length)
                await stream.WriteAsync(piece, Token);
            await stream.WriteAsync("\"}"u8.ToArray(), Token);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
