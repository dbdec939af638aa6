using System.Text.Json;
using Platform.EndToEnd.Tests.Suite;

[assembly: AssemblyFixture(typeof(QuickstartFixture))]

namespace Platform.EndToEnd.Tests.Suite;

/// <summary>One suite on which the quickstart has run, for all tests that look at what it left.</summary>
public sealed class QuickstartFixture : IAsyncLifetime
{
    // Four minutes on two free cores; a machine with other work on it may take three times that.
    private const int QuickstartSeconds = 900;

    // A data root on which a quickstart has run and a suite runs: for pictures, which need not train a model each time.
    private const string DataRootVariable = "PLATFORM_DOCS_DATA_ROOT";

    private readonly TempFolder _folder = new();
    private RunningSuite? _suite;

    /// <summary>The suite.</summary>
    public RunningSuite Suite => _suite!;

    /// <summary>What the quickstart printed and how it ended.</summary>
    public ProcessResult Quickstart { get; private set; } = new(-1, string.Empty, string.Empty);

    /// <summary>quickstart.json: one object a stage.</summary>
    public IReadOnlyList<JsonElement> Stages { get; private set; } = [];

    /// <summary>The id that everything the quickstart made begins with; its run is called so.</summary>
    public string Id => Stage("pretrain").GetProperty("figures").GetProperty("run").GetString()!["runs/".Length..];

    /// <summary>One stage of quickstart.json.</summary>
    public JsonElement Stage(string name) => Stages.Single(stage => stage.GetProperty("name").GetString() == name);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(DataRootVariable) is { Length: > 0 } dataRoot)
        {
            _suite = RunningSuite.Of(dataRoot);
        }
        else
        {
            _suite = await RunningSuite.StartAsync(_folder.Path);
            Quickstart = await _suite.CliAsync(["quickstart"], QuickstartSeconds);
        }

        var file = Path.Combine(_suite.DataRoot, "quickstart.json");
        if (!File.Exists(file))
            throw new InvalidOperationException($"The quickstart left no figures: {Quickstart}");
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Stages = [.. document.RootElement.Clone().EnumerateArray()];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_suite is not null)
            await _suite.DisposeAsync();
        _folder.Dispose();
    }
}
