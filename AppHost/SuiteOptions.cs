using System.Collections;

namespace Platform.AppHost;

/// <summary>The command line and what the environment says about the suite.</summary>
internal sealed class SuiteOptions
{
    private const string DataRootVariable = "Platform__DataRoot";

    /// <summary>What <c>-h</c> prints.</summary>
    public const string Help = """
        Starts the whole suite and stops it on Ctrl-C.

          dotnet run --project AppHost [-- OPTIONS]

          --quickstart          run the whole pipeline through the services once they are healthy
          --exit                with --quickstart: stop the suite afterwards; the exit code says
                                whether every stage passed
          --data-root PATH      where everything is kept (default: Platform__DataRoot, else data/
                                in the repository)
          --ports BASE          move all ports: BASE instead of 5100; 0: free ports for all
          --port NAME:ENDPOINT=PORT
                                one port, for example trainer:grpc=6111; may be repeated
          -h, --help            this text

        Build it with -p:UseAspire=true for Aspire, with -p:UseAspire=false for the local runner.
        Arguments that are not listed here go to Aspire where Aspire runs.
        """;

    /// <summary>Runs the pipeline once the suite is healthy.</summary>
    public bool Quickstart { get; private set; }

    /// <summary>Stops the suite after the quickstart.</summary>
    public bool Exit { get; private set; }

    /// <summary>Absolute path of the data root.</summary>
    public string DataRoot { get; private set; } = "";

    /// <summary>The ports asked for.</summary>
    public SuitePorts Ports { get; } = new();

    /// <summary>The other <c>Platform__*</c> settings of the environment, for every service.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> PlatformSettings { get; private set; } = [];

    /// <summary>Arguments for the orchestrator.</summary>
    public string[] OrchestratorArguments { get; private set; } = [];

    /// <summary>Reads the command line of this process.</summary>
    public static SuiteOptions Parse(string[] args)
    {
        var options = new SuiteOptions();
        var rest = new List<string>();
        var dataRoot = Environment.GetEnvironmentVariable(DataRootVariable);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quickstart":
                    options.Quickstart = true;
                    break;
                case "--exit":
                    options.Exit = true;
                    break;
                case "--data-root":
                    dataRoot = Value(args, ref i);
                    break;
                case "--ports":
                    options.Ports.SetBase(Value(args, ref i));
                    break;
                case "--port":
                    options.Ports.SetSingle(Value(args, ref i));
                    break;
                default:
                    rest.Add(args[i]);
                    break;
            }
        }

        if (options.Exit && !options.Quickstart)
            throw new UsageException("--exit needs --quickstart.");
        options.OrchestratorArguments = [.. rest];
        options.DataRoot = string.IsNullOrWhiteSpace(dataRoot)
            ? Path.Combine(RepositoryRoot(), "data")
            : Path.GetFullPath(dataRoot);
        options.PlatformSettings = [.. ReadPlatformSettings()];
        return options;
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new UsageException($"{args[i - 1]} needs a value.");

    private static IEnumerable<KeyValuePair<string, string>> ReadPlatformSettings()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith("Platform__", StringComparison.OrdinalIgnoreCase)
                && !name.Equals(DataRootVariable, StringComparison.OrdinalIgnoreCase))
            {
                yield return new(name, (string?)variable.Value ?? "");
            }
        }
    }

    // Not the current folder: the suite has one data root, wherever it is started from.
    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
                return folder.FullName;
        }

        throw new UsageException("There is no repository around this program: name the data root with --data-root.");
    }
}
