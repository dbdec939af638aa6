using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Packs;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workers;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Worker;

/// <summary>The <c>worker</c> verb: trains one run in this process and ends (docs/decisions/0001).</summary>
internal static class WorkerProgram
{
    /// <summary>All steps are done; <c>finished</c> was appended.</summary>
    public const int FinishedExitCode = 0;

    /// <summary>It cannot go on; <c>failed</c> was appended.</summary>
    public const int FailedExitCode = 1;

    /// <summary>Nothing was done and nothing written: wrong arguments, or another worker has this run.</summary>
    public const int RefusedExitCode = 64;

    /// <summary>It was asked to end and saved what there was; <c>stopped</c> was appended.</summary>
    public const int StoppedExitCode = 75;

    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(2);

    /// <summary>Trains until the run is finished, stopped or failed.</summary>
    /// <param name="args">The command line behind the verb.</param>
    /// <returns>One of the exit codes.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        if (!WorkerArguments.TryParse(args, out var arguments, out var error))
        {
            Console.Error.WriteLine($"{error}\n{WorkerArguments.Usage}");
            return RefusedExitCode;
        }

        // Signals first: one that comes while libtorch loads must not end the process without a word.
        using var stop = new StopRequest().ListenToSignals().WatchAppHost(TimeProvider.System);
        using var log = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = false };
        return Run(arguments, log, stop, TimeProvider.System);
    }

    /// <summary>The same without the process around it.</summary>
    internal static int Run(WorkerArguments arguments, TextWriter log, StopRequest stop, TimeProvider time)
    {
        if (arguments.Others.Count > 0)
            return PackProgram.Run(arguments, log, stop, time);
        // The first rank holds the run for all of them.
        using var exclusive = arguments.Place.Rank == 0 ? TryLock(arguments.RunFolder) : null;
        if (exclusive is null && arguments.Place.Rank == 0)
        {
            log.WriteLine($"Another worker trains the run in {arguments.RunFolder}; this one ends.");
            log.Flush();
            return RefusedExitCode;
        }

        using var records = new RunRecords(arguments.RunFolder, arguments.Attempt, log, time, arguments.Place.Rank);
        var run = TryRead(arguments, records);
        if (run is null)
            return FailedExitCode;
        if (arguments.Place.World > 1)
            return Train(run, arguments, records, stop, time);
        if (run.Spec.Ranks <= 1)
            return Train(run, arguments, records, stop, time);
        // This process trains nothing itself then: it starts the ranks, the first of which takes the lock.
        exclusive?.Dispose();
        return Guard(records, ranks: null, () => RankLauncher.Run(run, arguments, records, stop));
    }

    /// <summary>The run's record; null where it cannot be read, which is noted then.</summary>
    internal static RunRecord? TryRead(WorkerArguments arguments, RunRecords records)
    {
        try
        {
            return RunRecord.Read(arguments.RunFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DataLossException)
        {
            records.Log(e.ToString());
            records.Failed(FailureReasons.InvalidRun, $"The run cannot be read: {e.Message}");
            return null;
        }
    }

    private static int Train(
        RunRecord run, WorkerArguments arguments, RunRecords records, StopRequest stop, TimeProvider time)
    {
        RankGroup? ranks = null;
        return Guard(records, () => ranks, () =>
        {
            // Before the first tensor: malloc's settings do not reach what was allocated earlier.
            MemoryTuning.Apply();
            using var watch = RankLauncher.WatchFromRank(arguments.Place);
            ranks = RankJoin.Join(arguments.Place, RankLauncher.BackendOf(run.Spec), arguments.RunFolder);
            LoopEnd end;
            using (var training = TrainingRun.Open(run, arguments, ranks, records, stop, time))
                end = training.Run();
            ranks.Dispose();
            RankJoin.Leave();
            return end == LoopEnd.Finished ? FinishedExitCode : StoppedExitCode;
        });
    }

    [SuppressMessage("Design", "CA1031", Justification = "Every failure becomes an event; none is hidden.")]
    private static int Guard(RunRecords records, Func<RankGroup?>? ranks, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception)
        {
            var failure = FailureDiagnosis.Of(exception);
            var group = ranks?.Invoke();
            records.LogError(string.Create(CultureInfo.InvariantCulture, $"{failure.Reason}: {exception}"));
            if (!failure.IsOnAllRanks || group is null or { IsFirst: true })
                records.Failed(failure.Reason, failure.Message);
            if (group is { World: > 1 })
                EndRanks(group, failure);
            return FailedExitCode;
        }
    }

    // The others would wait for this one for ever, unless they have come to the same end.
    private static void EndRanks(RankGroup group, TrainingException failure)
    {
        if (failure.IsOnAllRanks)
        {
            group.Barrier();
            group.Dispose();
            RankJoin.Leave();
        }
        else
        {
            group.Abort(FailedExitCode);
        }
    }

    /// <summary>Takes a run for this process; null where another has it.</summary>
    /// <remarks>
    /// The lock ends with the process, however that ends. Ranks of an attempt that has just died may still hold it.
    /// </remarks>
    internal static FileLock? TryLock(string runFolder) =>
        FileLock.TryTake(Path.Combine(runFolder, ".worker.lock"), s_lockPatience);
}
