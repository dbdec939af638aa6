using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Platform.Modeling;
using Platform.Workers;

namespace Platform.TrainerHost.Worker.Packs;

/// <summary>The <c>worker</c> verb with several runs: LoRA adapters on one base (docs/decisions/0012).</summary>
internal static class PackProgram
{
    /// <summary>Trains until every run is finished, stopped or failed.</summary>
    /// <returns>The exit code; what became of each run stands in its events.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Every failure becomes an event; none is hidden.")]
    public static int Run(WorkerArguments arguments, TextWriter log, StopRequest stop, TimeProvider time)
    {
        var seats = new List<Seat>();
        var code = WorkerProgram.FinishedExitCode;
        try
        {
            seats.AddRange(Take(arguments, log, time));
            if (seats.Count == 0)
                return WorkerProgram.RefusedExitCode;
            // Before the first tensor: malloc's settings do not reach what was allocated earlier.
            MemoryTuning.Apply();
            using var pack = PackTraining.Open(
                [.. seats.Select(seat => seat.Member)], arguments, stop, End);
            pack.Run();
            return code == WorkerProgram.FinishedExitCode && stop.IsRequested ? WorkerProgram.StoppedExitCode : code;
        }
        catch (Exception exception)
        {
            // What all share went wrong.
            foreach (var member in seats.Select(seat => seat.Member).ToList())
                End(member, exception);
            return WorkerProgram.FailedExitCode;
        }
        finally
        {
            seats.ForEach(seat => seat.Dispose());
        }

        void End(PackMember member, Exception? exception)
        {
            if (exception is not null)
            {
                var failure = FailureDiagnosis.Of(exception);
                member.Records.LogError(
                    string.Create(CultureInfo.InvariantCulture, $"{failure.Reason}: {exception}"));
                member.Records.Failed(failure.Reason, failure.Message);
                code = WorkerProgram.FailedExitCode;
            }

            var seat = seats.First(seat => seat.Member == member);
            seats.Remove(seat);
            seat.Dispose();
        }
    }

    // Each run is held, and has its own log; the first one's is this process's output.
    private static IEnumerable<Seat> Take(WorkerArguments arguments, TextWriter log, TimeProvider time)
    {
        foreach (var one in arguments.Others.Prepend(arguments))
        {
            var isFirst = ReferenceEquals(one, arguments);
            var own = isFirst ? null : new StreamWriter(
                new FileStream(
                    Path.Combine(one.RunFolder, "log.txt"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite),
                new UTF8Encoding(false));
            if (WorkerProgram.TryLock(one.RunFolder) is not { } exclusive)
            {
                (own ?? log).WriteLine($"Another worker trains the run in {one.RunFolder}; this one leaves it out.");
                own?.Dispose();
                continue;
            }

            var records = new RunRecords(one.RunFolder, one.Attempt, own ?? log, time);
            if (WorkerProgram.TryRead(one, records) is { } run)
            {
                yield return new Seat(new PackMember(one, run, records, time), records, own, exclusive);
                continue;
            }

            records.Dispose();
            own?.Dispose();
            exclusive.Dispose();
        }
    }

    private sealed record Seat(PackMember Member, RunRecords Records, TextWriter? Log, FileLock Exclusive) : IDisposable
    {
        public void Dispose()
        {
            Member.Dispose();
            Records.Dispose();
            Log?.Dispose();
            Exclusive.Dispose();
        }
    }
}
