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

    /// <summary>Starts an attempt and notes which process it is.</summary>
    /// <exception cref="IOException">The process cannot be started, or its file not written.</exception>
    public WorkerProcess Start(LiveRun run, int attempt)
    {
        var command = WorkerCommand.Create(
            typeof(WorkerLauncher).Assembly,
            [.. options.Value.WorkerPrefix],
            [
                "worker", RunOption, run.Folder, "--data-root", root.Path,
                "--attempt", attempt.ToString(CultureInfo.InvariantCulture),
                "--back-offs", run.History.BackOffs.ToString(CultureInfo.InvariantCulture),
                .. run.Record.Spec.Ranks > 1 && options.Value.HostFile is { Length: > 0 } hosts
                    ? ["--hosts", hosts]
                    : Array.Empty<string>(),
            ]);
        var worker = WorkerProcess.Start(new WorkerStart(command, Path.Combine(run.Folder, "log.txt")));
        try
        {
            Note(run, worker.Identity, attempt);
        }
        catch
        {
            worker.Kill();
            throw;
        }

        return worker;
    }

    /// <summary>Writes <c>worker.json</c>.</summary>
    public void Note(LiveRun run, ProcessIdentity identity, int attempt) =>
        new WorkerFile(identity.Pid, identity.StartTicks, attempt, time.GetUtcNow()).Write(run.Folder);
}
