using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Server.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Suite;

/// <summary>gRPC clients of a suite. The API key comes from PLATFORM_API_KEY.</summary>
internal sealed class SuiteClients : IDisposable
{
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    private readonly List<GrpcChannel> _channels = [];

    public SuiteClients(SuiteAddresses addresses)
    {
        Addresses = addresses;
        var tokenizer = Connect(addresses.Tokenizer);
        Tokenizers = new TokenizerService.TokenizerServiceClient(tokenizer);
        Datasets = new DatasetService.DatasetServiceClient(tokenizer);
        TokenizerServer = new ServerService.ServerServiceClient(tokenizer);
        var trainer = Connect(addresses.Trainer);
        Runs = new RunService.RunServiceClient(trainer);
        Exports = new ExportService.ExportServiceClient(trainer);
        Sweeps = new SweepService.SweepServiceClient(trainer);
        Evaluations = new EvaluationService.EvaluationServiceClient(Connect(addresses.Eval));
        var inference = Connect(addresses.Inference);
        Inference = new InferenceService.InferenceServiceClient(inference);
        Vocabularies = new VocabularyService.VocabularyServiceClient(inference);
    }

    public SuiteAddresses Addresses { get; }

    public TokenizerService.TokenizerServiceClient Tokenizers { get; }

    public DatasetService.DatasetServiceClient Datasets { get; }

    public ServerService.ServerServiceClient TokenizerServer { get; }

    public RunService.RunServiceClient Runs { get; }

    public ExportService.ExportServiceClient Exports { get; }

    public SweepService.SweepServiceClient Sweeps { get; }

    public EvaluationService.EvaluationServiceClient Evaluations { get; }

    public InferenceService.InferenceServiceClient Inference { get; }

    public VocabularyService.VocabularyServiceClient Vocabularies { get; }

    public void Dispose()
    {
        foreach (var channel in _channels)
            channel.Dispose();
    }

    private CallInvoker Connect(Uri address)
    {
        var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = MaxMessageBytes,
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(5),
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            },
        });
        _channels.Add(channel);
        var key = Environment.GetEnvironmentVariable("PLATFORM_API_KEY");
        return string.IsNullOrEmpty(key)
            ? channel.CreateCallInvoker()
            : channel.CreateCallInvoker().Intercept(headers =>
            {
                headers.Add("authorization", $"Bearer {key}");
                return headers;
            });
    }
}
