using Platform.TrainerHost.Sweeps;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>Which runs may be deleted.</summary>
internal static class RunDeletion
{
    private const int NamesShown = 5;

    /// <summary>Checks that a run has ended and that nothing is built on it.</summary>
    /// <exception cref="FailedPreconditionException">It has not, or something is; the message names it.</exception>
    public static void Check(LiveRun run, RunStore store, SweepStore sweeps, string? withSweep = null)
    {
        CheckEnded(run);
        var name = run.Record.Name;
        var users = store.BuiltOn(run.Id).Select(id => $"runs/{id}").Concat(sweeps.BuiltOn(run.Id)).ToList();
        if (withSweep is not null)
            users.RemoveAll(user => user == withSweep || IsTrialOf(withSweep, user, store));
        if (users.Count > 0)
            throw new FailedPreconditionException("RUN_IN_USE", $"{name} is the base of {Join(users)}.");
        if (run.Record.Sweep is { Length: > 0 } sweep && sweep != withSweep && sweeps.Exists(sweep))
        {
            throw new FailedPreconditionException(
                "RUN_IN_USE", $"{name} is a trial of {sweep}; delete the sweep to delete its trials.");
        }
    }

    /// <summary>Checks that a run has ended.</summary>
    public static void CheckEnded(LiveRun run)
    {
        if (!run.History.HasEnded)
        {
            var state = run.History.State.ToString().ToUpperInvariant();
            throw new FailedPreconditionException(
                "RUN_NOT_ENDED", $"{run.Record.Name} has not ended: {state}. Cancel it first.");
        }
    }

    private static bool IsTrialOf(string sweep, string user, RunStore store) =>
        user.StartsWith("runs/", StringComparison.Ordinal) && store.TryGet(user["runs/".Length..])?.Sweep == sweep;

    private static string Join(List<string> names) => names.Count <= NamesShown
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(NamesShown))} and {names.Count - NamesShown} more";
}
