using System.Globalization;
using System.Text.Json.Nodes;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;
using Platform.Workers;

namespace Platform.TrainerHost.Queue;

/// <summary>What supervision and recovery say alike of a worker's life.</summary>
internal static class RunEvents
{
    /// <summary>The details of a <c>started</c> event.</summary>
    public static IEnumerable<(string, JsonNode?)> Process(int attempt, ProcessIdentity identity, int packSize) =>
    [
        ("attempt", attempt),
        ("pid", identity.Pid),
        ("start_ticks", identity.StartTicks),
        ("pack_size", packSize),
    ];

    /// <summary>Notes that a worker ended without a word.</summary>
    public static void AppendDeath(LiveRun run, WorkerExit exit)
    {
        List<(string, JsonNode?)> details = [("attempt", run.History.Attempt)];
        if (exit.Code is { } code)
            details.Add(("exit_code", code));
        if (exit.Signal is { } signal)
            details.Add(("signal", signal));
        run.Append(EventTypes.WorkerDied, $"The worker {exit.Describe()}.", details);
    }

    /// <summary>Whether another attempt is due after the last death.</summary>
    public static bool MayTryAgain(LiveRun run) => run.History.Deaths <= run.Record.Spec.MaxRestarts;

    /// <summary>Notes that the next attempt computes fewer sequences at once.</summary>
    /// <returns>False where one alone was too much.</returns>
    public static bool TryBackOff(LiveRun run)
    {
        int? rows = run.Record.Spec.Batch.MicroBatchSize;
        for (var i = 0; i < run.History.BackOffs; i++)
            rows = TrainingPlan.Smaller(rows!.Value) ?? rows;
        if (TrainingPlan.Smaller(rows!.Value) is not { } fewer)
            return false;
        run.Append(
            EventTypes.BackedOff,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The kernel ended the worker for want of memory: the next attempt computes {fewer} sequences at once "
                + $"in place of {rows}."),
            ("micro_batch_size", fewer),
            ("by_service", true));
        return true;
    }

    /// <summary>Why there is no other attempt.</summary>
    public static string DescribeGivingUp(LiveRun run, WorkerExit exit) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.History.Deaths} workers died in a row without writing a checkpoint; the last one {exit.Describe()}. "
        + $"log.txt has its last words; Resume tries again.");
}
