using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Options;
using Platform.Contracts.Server.V1;
using Platform.ServiceDefaults.Security;

namespace Platform.ServiceDefaults.Tests;

public sealed class SecurityTests
{
    private const string Key = "0123456789abcdef";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, false)]
    [InlineData("Bearer wrong-key-0123456", false)]
    [InlineData("Basic " + Key, false)]
    [InlineData("Bearer " + Key, true)]
    [InlineData("bearer " + Key, true)]
    public async Task Call_WithApiKeySet_NeedsTheKey(string? header, bool allowed)
    {
        await using var service = await TestService.StartAsync(null, ("Platform:ApiKey", Key));
        using var channel = service.CreateChannel();
        var headers = new Metadata();
        if (header is not null)
            headers.Add("authorization", header);
        var call = async () => await new ServerService.ServerServiceClient(channel)
            .GetServerInfoAsync(new GetServerInfoRequest(), headers, cancellationToken: Cancelled);

        if (allowed)
            Assert.Equal("test", (await call()).Service);
        else
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
    }

    [Fact]
    public async Task Health_WithApiKeySet_NeedsNone()
    {
        await using var service = await TestService.StartAsync(null, ("Platform:ApiKey", Key));
        using var channel = service.CreateChannel();
        using var http = service.CreateHttpClient();

        var health = await new Health.HealthClient(channel)
            .CheckAsync(new HealthCheckRequest(), cancellationToken: Cancelled);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/alive", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/metrics", Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("models.example", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    public async Task Request_HostHeader_IsLimitedToConfiguredNames(string host, HttpStatusCode expected)
    {
        await using var service = await TestService.StartAsync(null, ("Platform:AllowedHosts:0", "models.example"));
        using var http = service.CreateHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { Host = host } };

        Assert.Equal(expected, (await http.SendAsync(request, Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("http://localhost:5000", true)]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://[::1]:5000", true)]
    [InlineData("http://unix:/tmp/x.sock", true)]
    [InlineData("http://0.0.0.0:5000", false)]
    [InlineData("http://*:5000", false)]
    [InlineData("http://[::]:5000", false)]
    [InlineData("https://models.example", false)]
    public void IsLoopback_Url_IsTold(string url, bool expected) =>
        Assert.Equal(expected, BindingGuard.IsLoopback(url));

    [Fact]
    public async Task Start_ListeningBeyondLoopbackWithoutKey_Refuses()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            TestService.StartAsync(null, ("Kestrel:Endpoints:grpc:Url", "http://0.0.0.0:5101")));

        Assert.Contains("http://0.0.0.0:5101", error.Message, StringComparison.Ordinal);
        Assert.Contains("Platform:ApiKey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ListeningBeyondLoopbackWithKey_Starts()
    {
        await using var service = await TestService.StartAsync(
            null, ("Kestrel:Endpoints:grpc:Url", "http://0.0.0.0:0"), ("Platform:ApiKey", Key));
    }

    [Fact]
    public async Task Start_SeveralWrongSettings_NamesThemAll()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => TestService.StartAsync(
            null, ("Platform:ApiKey", "short"), ("Platform:AllowedPaths:0", "relative"), ("Platform:DataRoot", " ")));

        Assert.Equal(3, error.Failures.Count());
    }
}
