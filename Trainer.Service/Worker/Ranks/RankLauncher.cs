using System.Globalization;
using Platform.Collectives;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workers;

namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>
/// Starts the ranks of an attempt and ends when they have: by <c>mpiexec</c>, which also ends all of them when one
/// dies; on the cards of one machine directly. To the service this process is the worker.
/// </summary>
internal static class RankLauncher
{
    /// <summary>Set to <c>mpi</c> or <c>nccl</c> to exchange numbers by that, whatever the device is.</summary>
    public const string BackendVariable = "PLATFORM_COLLECTIVES";

    private const string LauncherPid = "PLATFORM_LAUNCHER_PID";
    private const string LauncherStart = "PLATFORM_LAUNCHER_START";
    private const string LauncherHost = "PLATFORM_LAUNCHER_HOST";
    private const string Cards = "/proc/driver/nvidia/gpus";
    private const int DiedExitCode = 70;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    // What ranks on other machines would not have otherwise: Open MPI takes none along by itself.
    private static readonly string[] s_carried =
        ["DOTNET_ROOT", "PATH", BackendVariable, LauncherPid, LauncherStart, LauncherHost];

    /// <summary>What exchanges the numbers of a run.</summary>
    public static RankBackend BackendOf(RunSpec spec) => Environment.GetEnvironmentVariable(BackendVariable) switch
    {
        "nccl" => RankBackend.Nccl,
        "mpi" => RankBackend.Mpi,
        _ when spec.Device.StartsWith("cuda", StringComparison.Ordinal) => RankBackend.Nccl,
        _ when spec.Device is "auto" or "" && Directory.Exists(Cards) => RankBackend.Nccl,
        _ => RankBackend.Mpi,
    };

    /// <summary>Starts the ranks and waits for their end.</summary>
    /// <returns>The exit code of the contract; another one where a rank died.</returns>
    /// <exception cref="LibraryMissingException">There is no mpiexec; names the packages.</exception>
    public static int Run(RunRecord run, WorkerArguments arguments, RunRecords records, StopRequest stop)
    {
        var command = CommandOfRank(arguments);
        var variables = new Dictionary<string, string?>
        {
            [LauncherPid] = ProcessIdentity.Current.Pid.ToString(CultureInfo.InvariantCulture),
            [LauncherStart] = ProcessIdentity.Current.StartTicks.ToString(CultureInfo.InvariantCulture),
            [LauncherHost] = Environment.MachineName,
            // This process watches the AppHost; ranks may be on other machines.
            ["PLATFORM_APPHOST_PID"] = null,
            ["PLATFORM_APPHOST_START"] = null,
        };
        using var processes = new RankProcesses();
        if (BackendOf(run.Spec) == RankBackend.Nccl && arguments.Hosts is null)
        {
            for (var rank = 0; rank < run.Spec.Ranks; rank++)
                processes.Start(command, Place(variables, rank, run.Spec.Ranks));
        }
        else
        {
            var mpi = MpiPrograms.Find();
            variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
            variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
            var carried = s_carried.Concat(WorkerEnvironment.Defaults.Keys)
                .Where(name => Environment.GetEnvironmentVariable(name) is not null || variables.ContainsKey(name));
            processes.Start(mpi.Command(run.Spec.Ranks, arguments.Hosts, carried, command), variables);
        }

        using var registration = stop.Token.Register(processes.AskToStop);
        var code = processes.WaitForEnd();
        // Whether it went well the ranks have written down; what mpiexec makes of their codes is its own affair.
        var types = records.TypesOfAttempt();
        if (types.Contains("finished"))
            return WorkerProgram.FinishedExitCode;
        if (types.Contains("stopped"))
            return WorkerProgram.StoppedExitCode;
        if (types.Contains("failed"))
            return WorkerProgram.FailedExitCode;
        records.Event(
            "rank_died",
            string.Create(CultureInfo.InvariantCulture, $"A rank died (code {code}), and with it this attempt."));
        return code == 0 ? DiedExitCode : code;
    }

    /// <summary>In a rank: ends at once when the process that started it is gone. Nothing may be left behind.</summary>
    /// <returns>What watches; null where nobody is to be watched.</returns>
    public static IDisposable? WatchFromRank(RankEnvironment place)
    {
        if (place.World == 1 || Environment.GetEnvironmentVariable(LauncherHost) != Environment.MachineName
            || !int.TryParse(Environment.GetEnvironmentVariable(LauncherPid), out var pid)
            || !long.TryParse(Environment.GetEnvironmentVariable(LauncherStart), out var start))
            return null;
        var launcher = new ProcessIdentity(pid, start);
        return new Timer(
            _ =>
            {
                if (!launcher.IsAlive)
                    ProcessSignal.Send(Environment.ProcessId, ProcessSignal.Kill);
            },
            null,
            s_look,
            s_look);
    }

    /// <summary>In a rank: lets libraries that are loaded later see its own card only.</summary>
    public static void ChooseCard(RankEnvironment place)
    {
        const string variable = "CUDA_VISIBLE_DEVICES";
        var visible = Environment.GetEnvironmentVariable(variable)?.Split(',') ?? [];
        var card = place.LocalRank < visible.Length
            ? visible[place.LocalRank]
            : place.LocalRank.ToString(CultureInfo.InvariantCulture);
        NativeEnvironment.Set(variable, card, overwrite: true);
    }

    private static IReadOnlyList<string> CommandOfRank(WorkerArguments arguments) => WorkerCommand.Create(
        typeof(RankLauncher).Assembly,
        [],
        "worker",
        "--run",
        arguments.RunFolder,
        "--data-root",
        arguments.DataRoot,
        "--attempt",
        arguments.Attempt.ToString(CultureInfo.InvariantCulture),
        "--back-offs",
        arguments.BackOffs.ToString(CultureInfo.InvariantCulture));

    private static Dictionary<string, string?> Place(Dictionary<string, string?> common, int rank, int world)
    {
        var (own, all) = (Text(rank), Text(world));
        return new Dictionary<string, string?>(common)
        {
            ["RANK"] = own,
            ["LOCAL_RANK"] = own,
            ["WORLD_SIZE"] = all,
            ["LOCAL_WORLD_SIZE"] = all,
        };

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
