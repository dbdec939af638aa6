using System.Globalization;
using Microsoft.Extensions.Options;
using Platform.TrainerHost.Runs;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.TrainerHost.Queue;

/// <summary>Starts the process that trains a run: this same program with the verb <c>worker</c>.</summary>
internal sealed class WorkerLauncher(DataRoot root, IOptions<TrainerOptions> options, TimeProvider time)
{
    /// <summary>The option that names the run's folder on a worker's command line.</summary>
    public const string RunOption = "--run";

    /// <summary>Starts an attempt of a run, or of several that train together, and notes which process it is.</summary>
    /// <param name="runs">The runs, each with its attempt's number.</param>
    /// <param name="device">Where they are to train; empty: as their specs say.</param>
    /// <exception cref="IOException">The process cannot be started, or its file not written.</exception>
    public WorkerProcess Start(IReadOnlyList<(LiveRun Run, int Attempt)> runs, string device)
    {
        var run = runs[0].Run;
        var command = WorkerCommand.Create(
            typeof(WorkerLauncher).Assembly,
            [.. options.Value.WorkerPrefix],
            [
                "worker", "--data-root", root.Path,
                .. device.Length > 0 && run.Record.Spec.Ranks <= 1 ? ["--device", device] : Array.Empty<string>(),
                .. runs.SelectMany(one => Words(one.Run, one.Attempt)),
                .. run.Record.Spec.Ranks > 1 && options.Value.HostFile is { Length: > 0 } hosts
                    ? ["--hosts", hosts]
                    : Array.Empty<string>(),
            ]);
        var worker = WorkerProcess.Start(new WorkerStart(command, Path.Combine(run.Folder, "log.txt")));
        try
        {
            foreach (var (one, attempt) in runs)
                Note(one, worker.Identity, attempt);
        }
        catch
        {
            worker.Kill();
            throw;
        }

        return worker;
    }

    private static IEnumerable<string> Words(LiveRun run, int attempt) =>
    [
        RunOption, run.Folder,
        "--attempt", attempt.ToString(CultureInfo.InvariantCulture),
        "--back-offs", run.History.BackOffs.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Writes <c>worker.json</c>.</summary>
    public void Note(LiveRun run, ProcessIdentity identity, int attempt) =>
        new WorkerFile(identity.Pid, identity.StartTicks, attempt, time.GetUtcNow()).Write(run.Folder);
}
