using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Corpus;
using Platform.Hub;
using Platform.Tokenization;
using Platform.Tokenization.Training;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>The real service on a data root of its own, with a small tokenizer in it.</summary>
internal sealed class DatasetHost : IAsyncDisposable
{
    public const string Tokenizer = "tokenizers/small";

    private static readonly Lazy<TextTokenizer> s_tokenizer = new(() => TokenizerTrainer.Train(
        new StoryCorpus(0).Stories(50_000).Select(story => TextChunk.Document(story.Text)),
        new TokenizerTrainingOptions { VocabularySize = 400, SpecialTokens = ["<|endoftext|>"] },
        null,
        CancellationToken.None).Tokenizer);

    private readonly TempFolder _root = new();
    private readonly Dictionary<string, string> _settings;
    private WebApplicationFactory<Program> _factory;
    private GrpcChannel _channel;

    private readonly HubClient? _hub;

    /// <summary>With a hub of the test's own.</summary>
    public DatasetHost(ScriptedServer hub)
        : this()
    {
        _hub = new HubClient(new HubOptions { CacheFolder = _root["hub"], Endpoint = hub.Address });
        _channel.Dispose();
        _factory.Dispose();
        (_factory, _channel) = Start();
    }

    public DatasetHost(params (string Key, string Value)[] settings)
    {
        _settings = settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        Directory.CreateDirectory(_root["tokenizers/small"]);
        TokenizerFiles.Save(s_tokenizer.Value, _root["tokenizers/small"]);
        (_factory, _channel) = Start();
    }

    public DatasetService.DatasetServiceClient Client => new(_channel);

    public IServiceProvider Services => _factory.Services;

    public string Root => _root.Path;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A path in the data root.</summary>
    public string this[string relativePath] => _root[relativePath];

    /// <summary>Writes a file into the data root and returns the reference to it.</summary>
    public string Write(string relativePath, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root[relativePath])!);
        File.WriteAllText(_root[relativePath], content);
        return $"path:{_root[relativePath]}";
    }

    public async Task<Dataset> CreateAsync(DatasetSpec spec, string id = "", string requestId = "") =>
        (await Client.CreateDatasetAsync(
            new CreateDatasetRequest { DatasetId = id, Spec = spec, RequestId = requestId },
            cancellationToken: Token)).Dataset;

    /// <summary>Makes a data set and waits for its end.</summary>
    public async Task<Dataset> MakeAsync(DatasetSpec spec, string id = "") =>
        await EndAsync((await CreateAsync(spec, id)).Name);

    public Task<Dataset> EndAsync(string name) => WatchAsync(name, dataset =>
        dataset.State is State.Succeeded or State.Failed or State.Cancelled);

    /// <summary>Follows a data set until the condition holds.</summary>
    public async Task<Dataset> WatchAsync(string name, Predicate<Dataset> condition)
    {
        using var call = Client.WatchDataset(
            new WatchDatasetRequest { Name = name },
            deadline: DateTime.UtcNow.AddSeconds(60),
            cancellationToken: Token);
        Dataset? last = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync(Token))
        {
            last = response.Dataset;
            if (condition(last))
                return last;
        }

        throw new InvalidOperationException($"The stream ended before the condition held: {last}");
    }

    public async Task<UploadFileResponse> UploadAsync(FileDescription file, params byte[][] chunks)
    {
        using var call = Client.UploadFile(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new UploadFileRequest { File = file }, Token);
        foreach (var chunk in chunks)
        {
            await call.RequestStream.WriteAsync(
                new UploadFileRequest { Chunk = Google.Protobuf.ByteString.CopyFrom(chunk) }, Token);
        }

        await call.RequestStream.CompleteAsync();
        return await call;
    }

    /// <summary>Stops the service in order and starts it anew on the same data root.</summary>
    public async Task RestartAsync(Action? whileStopped = null)
    {
        _channel.Dispose();
        await _factory.DisposeAsync();
        whileStopped?.Invoke();
        (_factory, _channel) = Start();
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _factory.DisposeAsync();
        _hub?.Dispose();
        _root.Dispose();
    }

    private (WebApplicationFactory<Program> Factory, GrpcChannel Channel) Start()
    {
        var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Platform:DataRoot", _root.Path);
            foreach (var (key, value) in _settings)
                builder.UseSetting(key, value);
            if (_hub is not null)
                builder.ConfigureServices(services => services.AddSingleton(_hub));
        });
        return (factory, GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpHandler = factory.Server.CreateHandler() }));
    }
}
