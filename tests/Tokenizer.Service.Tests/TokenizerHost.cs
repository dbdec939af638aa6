using Grpc.Net.Client;
using Microsoft.AspNetCore.Mvc.Testing;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Tokenizer.Service.Tests;

/// <summary>The real service on a data root of its own, which outlives a restart of the service.</summary>
internal sealed class TokenizerHost : IAsyncDisposable
{
    private readonly TempFolder _root = new();
    private WebApplicationFactory<Program> _factory;
    private GrpcChannel _channel;

    public TokenizerHost()
    {
        _factory = Start();
        _channel = Connect();
    }

    public TokenizerService.TokenizerServiceClient Tokenizers => new(_channel);

    /// <summary>A path in the data root.</summary>
    public string this[string relativePath] => _root[relativePath];

    /// <summary>Writes a file into the data root and returns the reference to it.</summary>
    public string Write(string relativePath, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root[relativePath])!);
        File.WriteAllText(_root[relativePath], content);
        return $"path:{_root[relativePath]}";
    }

    /// <summary>Stops the service in order and starts it anew on the same data root.</summary>
    public async Task RestartAsync(Action? whileStopped = null)
    {
        _channel.Dispose();
        await _factory.DisposeAsync();
        whileStopped?.Invoke();
        _factory = Start();
        _channel = Connect();
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _factory.DisposeAsync();
        _root.Dispose();
    }

    private WebApplicationFactory<Program> Start() => new WebApplicationFactory<Program>()
        .WithWebHostBuilder(builder => builder.UseSetting("Platform:DataRoot", _root.Path));

    private GrpcChannel Connect() => GrpcChannel.ForAddress(
        "http://localhost", new GrpcChannelOptions { HttpHandler = _factory.Server.CreateHandler() });
}
