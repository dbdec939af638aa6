using System.Runtime.CompilerServices;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>What WatchSweep sends: the sweep, then the trials that change, until it ends.</summary>
internal sealed class SweepFollower(SweepStore sweeps)
{
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(250);

    /// <summary>Follows a sweep until it has ended.</summary>
    public async IAsyncEnumerable<WatchSweepResponse> FollowAsync(
        string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sent = new Dictionary<int, Trial>();
        var state = State.Unspecified;
        while (true)
        {
            var live = sweeps.Get(id);
            var change = live.NextChange;
            var sweep = SweepView.Create(live, withTrials: true);
            var whole = sweep.State != state;
            if (whole)
                yield return new WatchSweepResponse { Sweep = sweep };
            foreach (var trial in sweep.Trials)
            {
                // Messages are replaced when something changes, so mostly the references tell already.
                var known = sent.TryGetValue(trial.Number, out var before)
                    && (ReferenceEquals(before, trial) || before.Equals(trial));
                sent[trial.Number] = trial;
                if (!known && !whole)
                    yield return new WatchSweepResponse { Trial = trial };
            }

            state = sweep.State;
            if (state is State.Succeeded or State.Failed or State.Cancelled)
                yield break;
            await change.WaitAsync(cancellationToken);
            await Task.Delay(s_gather, cancellationToken);
        }
    }
}
