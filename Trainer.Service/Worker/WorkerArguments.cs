using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Platform.Collectives;

namespace Platform.TrainerHost.Worker;

/// <summary>What a worker is told on its command line.</summary>
/// <param name="RunFolder">Absolute path of the run's folder.</param>
/// <param name="DataRoot">Absolute path of the data root.</param>
/// <param name="Attempt">The attempt's number, from 1; written into every record.</param>
internal sealed record WorkerArguments(string RunFolder, string DataRoot, int Attempt)
{
    internal const string Usage =
        "Usage: worker --run <run folder> --data-root <data root> [--attempt <n>] [--back-offs <n>] [--hosts <file>] "
        + "[--device <d>]\n"
        + "       worker --data-root <data root> --run <run folder> [--attempt <n>] --run <run folder> [--attempt <n>] "
        + "…\n"
        + "Several runs train LoRA adapters on one base, in one pass.\n"
        + "Ranks: the spec's, started by this process; or those that mpiexec or RANK, LOCAL_RANK and WORLD_SIZE name.";

    private static readonly string[] s_options =
        ["--run", "--data-root", "--attempt", "--back-offs", "--hosts", "--device"];

    /// <summary>How often the number of sequences at once was halved since memory ran out.</summary>
    public int BackOffs { get; init; }

    /// <summary>The runs that train beside the first one in this process.</summary>
    public IReadOnlyList<WorkerArguments> Others { get; init; } = [];

    /// <summary>A file of machines that ranks are started on, as <c>mpiexec</c> reads it; null: this one.</summary>
    public string? Hosts { get; init; }

    /// <summary>The device that the service has kept for it; null: as the spec says.</summary>
    public string? Device { get; init; }

    /// <summary>This process's place among the ranks.</summary>
    public RankEnvironment Place { get; init; } = RankEnvironment.Alone;

    /// <summary>Reads the arguments behind the verb.</summary>
    internal static bool TryParse(
        IReadOnlyList<string> args,
        [NotNullWhen(true)] out WorkerArguments? result,
        [NotNullWhen(false)] out string? error)
    {
        result = null;
        List<Dictionary<string, string>> runs = [new(StringComparer.Ordinal)];
        for (var i = 0; i < args.Count; i += 2)
        {
            if (!s_options.Contains(args[i]))
                return Fail($"'{args[i]}' is not known.", out error);
            if (i + 1 == args.Count || args[i + 1].Length == 0)
                return Fail($"{args[i]} needs a value.", out error);
            // What stands behind a further --run is that run's.
            if (args[i] == "--run" && runs[^1].ContainsKey("--run"))
                runs.Add(new Dictionary<string, string>(StringComparer.Ordinal));
            runs[args[i] is "--data-root" or "--device" ? 0 : runs.Count - 1][args[i]] = args[i + 1];
        }

        var parsed = new List<WorkerArguments>();
        foreach (var values in runs)
        {
            if (!values.ContainsKey("--data-root"))
                values["--data-root"] = runs[0].GetValueOrDefault("--data-root", "");
            if (!TryParse(values, out var one, out error))
                return false;
            parsed.Add(one);
        }

        error = null;
        result = parsed.Count == 1 ? parsed[0] : parsed[0] with { Others = parsed[1..] };
        return true;
    }

    private static bool TryParse(
        Dictionary<string, string> values,
        [NotNullWhen(true)] out WorkerArguments? result,
        [NotNullWhen(false)] out string? error)
    {
        result = null;
        if (!values.TryGetValue("--run", out var run))
            return Fail("--run is missing.", out error);
        if (!values.TryGetValue("--data-root", out var dataRoot) || dataRoot.Length == 0)
            return Fail("--data-root is missing.", out error);
        if (!TryNumber("--attempt", least: 1, out var attempt))
            return Fail($"--attempt is a number from 1 on, not '{values["--attempt"]}'.", out error);
        if (!TryNumber("--back-offs", least: 0, out var backOffs))
            return Fail($"--back-offs is a number from 0 on, not '{values["--back-offs"]}'.", out error);
        var hosts = values.GetValueOrDefault("--hosts");
        if (hosts is not null && !File.Exists(hosts))
            return Fail($"There is no file of hosts '{hosts}'.", out error);
        if (!Directory.Exists(run))
            return Fail($"There is no run folder '{run}'.", out error);
        if (!TryPlace(out var place, out error))
            return false;
        result = new WorkerArguments(Path.GetFullPath(run), Path.GetFullPath(dataRoot), attempt)
        {
            BackOffs = backOffs,
            Hosts = hosts is null ? null : Path.GetFullPath(hosts),
            Place = place,
            Device = values.GetValueOrDefault("--device"),
        };
        return true;

        bool TryNumber(string option, int least, out int value)
        {
            value = least;
            return !values.TryGetValue(option, out var text)
                || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least);
        }
    }

    private static bool TryPlace(out RankEnvironment place, [NotNullWhen(false)] out string? error)
    {
        (place, error) = (RankEnvironment.Alone, null);
        try
        {
            place = RankEnvironment.Read(Environment.GetEnvironmentVariable);
            return true;
        }
        catch (FormatException e)
        {
            error = e.Message;
            return false;
        }
    }

    private static bool Fail(string message, out string error)
    {
        error = message;
        return false;
    }
}
