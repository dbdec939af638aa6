namespace Platform.FakeSuite;

/// <summary>
/// The platform's four services as far as a client sees them, in memory, with data that grows. Each listens on a port
/// of its own and can be stopped and started again, so that tests can take a service away under an open page.
/// </summary>
public sealed class Suite : IAsyncDisposable
{
    /// <summary>A suite that is not started.</summary>
    public Suite()
    {
        Tokenizer = new("tokenizer", World);
        Trainer = new("trainer", World);
        Eval = new("eval", World);
        Inference = new("inference", World);
    }

    /// <summary>What the services know.</summary>
    public World World { get; } = new();

    /// <summary>The tokenizer service.</summary>
    public FakeService Tokenizer { get; }

    /// <summary>The trainer service.</summary>
    public FakeService Trainer { get; }

    /// <summary>The eval service.</summary>
    public FakeService Eval { get; }

    /// <summary>The inference service.</summary>
    public FakeService Inference { get; }

    /// <summary>What a client's process is told, so that it finds the services.</summary>
    public IReadOnlyDictionary<string, string> Environment => Services.ToDictionary(
        s => $"services__{s.Name}__grpc__0", s => s.Address);

    private FakeService[] Services => [Tokenizer, Trainer, Eval, Inference];

    /// <summary>Starts all services.</summary>
    public Task StartAsync() => Task.WhenAll(Services.Select(s => s.StartAsync()));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await Task.WhenAll(Services.Select(s => s.StopAsync()));
    }
}
