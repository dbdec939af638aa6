using System.Diagnostics;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Worker;
using Platform.TrainerHost.Worker;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Ranks;

/// <summary>Starts the worker of a tiny run as the service does, or its ranks as people do.</summary>
internal static class RankRun
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>So soon after a rank's death the attempt has ended.</summary>
    public static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    /// <summary>Eight sequences a step, in whichever way ranks share them.</summary>
    public static void Configure(RunSpec spec, int ranks)
    {
        spec.MaxSteps = 50;
        spec.Ranks = ranks;
        spec.Threads = 1;
        spec.Batch = new BatchSpec { MicroBatchSize = 8 / ranks, SequenceLength = 16, TokensPerStep = 8 * 16 };
        spec.Evaluation.ValidationInterval = 10;
        spec.Evaluation.ValidationBatches = 0;
        spec.Checkpoint.Interval = 0;
    }

    public static WorkerProcess Start(
        TinyRun run,
        int attempt = 1,
        IReadOnlyDictionary<string, string?>? environment = null,
        IReadOnlyList<string>? prefix = null,
        params IReadOnlyList<string> more)
    {
        var command = WorkerCommand.Create(
            typeof(WorkerProgram).Assembly,
            prefix ?? [],
            ["worker", "--run", run.Folder, "--data-root", run.DataRoot, "--attempt", $"{attempt}", .. more]);
        return WorkerProcess.Start(new WorkerStart(command, Path.Combine(run.Folder, "log.txt"))
        {
            Environment = environment ?? new Dictionary<string, string?>(),
        });
    }

    public static async Task<WorkerExit> EndOfAsync(WorkerProcess process) =>
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

    /// <summary>Lets a worker of its own train, and expects its exit code.</summary>
    public static async Task CompleteAsync(
        TinyRun run,
        int code = WorkerProgram.FinishedExitCode,
        int attempt = 1,
        IReadOnlyDictionary<string, string?>? environment = null,
        IReadOnlyList<string>? prefix = null)
    {
        using var process = Start(run, attempt, environment, prefix);
        await ExpectAsync(run, process, code);
    }

    /// <summary>Fails with the log where the exit code is another one.</summary>
    public static async Task ExpectAsync(TinyRun run, WorkerProcess process, int code)
    {
        var exit = await EndOfAsync(process);
        Assert.True(exit.Code == code, $"{exit.Describe()}:\n{File.ReadAllText(Path.Combine(run.Folder, "log.txt"))}");
    }

    /// <summary>The largest relative difference of two runs' values, which must be of the same steps.</summary>
    public static double Difference(TinyRun expected, TinyRun actual, string series)
    {
        var (one, other) = (expected.Series(series), actual.Series(series));
        Assert.Equal(one.Keys, other.Keys);
        return one.Max(point =>
        {
            var a = BitConverter.Int64BitsToDouble(point.Value);
            var b = BitConverter.Int64BitsToDouble(other[point.Key]);
            return Math.Abs(a - b) / Math.Abs(a);
        });
    }

    /// <summary>Whether a process trains a run as one of its ranks.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="pid">The process.</param>
    public static bool IsRankOf(string folder, int pid) =>
        Read($"/proc/{pid}/cmdline").Contains($"\0{folder}\0", StringComparison.Ordinal)
        && (Read($"/proc/{pid}/environ") is var variables
            && (variables.Contains("\0PMI_RANK=", StringComparison.Ordinal)
                || variables.Contains("\0OMPI_COMM_WORLD_RANK=", StringComparison.Ordinal)));

    /// <summary>The processes that train a run on this machine.</summary>
    public static IReadOnlyList<int> RanksOf(string folder)
    {
        var processes = Process.GetProcesses();
        try
        {
            return [.. processes.Select(process => process.Id).Where(pid => IsRankOf(folder, pid))];
        }
        finally
        {
            processes.ToList().ForEach(process => process.Dispose());
        }
    }

    /// <summary>SIGKILL.</summary>
    public static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It has ended meanwhile.
        }
    }

    public static bool HasProgram(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>Skips the test, visibly, where a program is not installed.</summary>
    public static void Require(string program, string package) => Assert.SkipUnless(
        HasProgram(program), $"Needs {program}: the Debian package {package}, which ./test installs where it may.");
}
