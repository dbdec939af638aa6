using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Platform.InferenceHost.OpenAi;

namespace Platform.Inference.Service.Tests;

/// <summary>Bodies of OpenAI's routes that are sent at the same time share a bound.</summary>
public sealed class BodyMemoryTests : IDisposable
{
    private readonly InferenceApp _app = new();

    public BodyMemoryTests() => _app.AddModel("a");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Completions_WhileBodiesFillTheBound_AreRefusedAsTooMany_AndServedAfterwards()
    {
        var http = _app.Http; // starts the server; before that its services would be another host's
        var memory = _app.Services.GetRequiredService<BodyMemory>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        // Each just within the bound of one, and never done: together all but a few bytes.
        var bodies = Enumerable.Range(0, BodyMemory.MaxBytes / RequestReader.MaxBodyBytes)
            .Select(_ => new Unfinished(RequestReader.MaxBodyBytes - 1, stop.Token)).ToList();
        var calls = bodies.Select(body => http.PostAsync("v1/completions", body, stop.Token)).ToList();
        await Eventually.HoldsAsync(() =>
            memory.HeldBytes == (long)bodies.Count * (RequestReader.MaxBodyBytes - 1)
            || calls.Any(call => call.IsCompleted));
        Assert.All(calls, call => Assert.False(call.IsCompleted));

        using var refused = await AskAsync();
        var error = (await refused.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error");
        await stop.CancelAsync();
        foreach (var call in calls)
            await Assert.ThrowsAnyAsync<Exception>(() => call);
        await Eventually.HoldsAsync(() => memory.HeldBytes == 0);
        using var served = await AskAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("rate_limit_error", error.GetProperty("type").GetString());
        Assert.Equal("bodies_full", error.GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
        Assert.Contains("try again later", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    private Task<HttpResponseMessage> AskAsync() => _app.Http.PostAsJsonAsync(
        "v1/completions", new { model = "runs/a", prompt = "The boy", max_tokens = 1 }, Token);

    /// <summary>A body of which so many bytes come, and the end never.</summary>
    private sealed class Unfinished : HttpContent
    {
        private readonly int _bytes;
        private readonly CancellationToken _stop;

        public Unfinished(int bytes, CancellationToken stop)
        {
            (_bytes, _stop) = (bytes, stop);
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[_bytes], _stop);
            await stream.FlushAsync(_stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, _stop);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
