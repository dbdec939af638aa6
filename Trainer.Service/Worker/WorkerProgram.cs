using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Platform.Modeling;
using Platform.Workers;

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
        using var exclusive = TryLock(arguments.RunFolder);
        if (exclusive is null)
        {
            log.WriteLine($"Another worker trains the run in {arguments.RunFolder}; this one ends.");
            return RefusedExitCode;
        }

        using var records = new RunRecords(arguments.RunFolder, arguments.Attempt, log, time);
        return Train(arguments, records, stop, time);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Every failure becomes an event; none is hidden.")]
    private static int Train(WorkerArguments arguments, RunRecords records, StopRequest stop, TimeProvider time)
    {
        try
        {
            // Before the first tensor: malloc's settings do not reach what was allocated earlier.
            MemoryTuning.Apply();
            using var training = TrainingRun.Open(arguments, records, stop, time);
            return training.Run() switch
            {
                LoopEnd.Finished => FinishedExitCode,
                _ => StoppedExitCode,
            };
        }
        catch (Exception exception)
        {
            var failure = FailureDiagnosis.Of(exception);
            records.Log(string.Create(CultureInfo.InvariantCulture, $"{failure.Reason}: {exception}"));
            records.Event("failed", failure.Message, ("reason", failure.Reason));
            return FailedExitCode;
        }
    }

    // The lock ends with the process, however that ends.
    private static FileStream? TryLock(string runFolder)
    {
        try
        {
            return new FileStream(
                Path.Combine(runFolder, ".worker.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
