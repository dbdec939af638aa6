using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Sweeps;

/// <summary>
/// All sweeps. There is no stream of sweeps; their trials are runs, and the stream of runs tells when to read the
/// list again.
/// </summary>
public sealed partial class SweepsPage(SweepsClient sweeps, RunsClient runs)
{
    private static readonly TimeSpan _readInterval = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, string> _trialStates = [];
    private IReadOnlyList<Sweep>? _sweeps;
    private CallFailure? _failure;
    private Link _link = Link.Connecting;
    private bool _reading;
    private bool _stale;

    /// <inheritdoc/>
    protected override void OnInitialized() =>
        _ = FollowAsync("runs", "trainer", token => runs.WatchList("", token), Receive, l => _link = l, endless: true);

    private Task Receive(WatchRunsResponse message)
    {
        // A trial's every step changes its run; the list of sweeps changes only with a trial's state.
        if (message.UpdateCase is WatchRunsResponse.UpdateOneofCase.Changed)
        {
            var run = message.Changed;
            var state = run.State.ToString();
            if (run.Sweep.Length == 0 || _trialStates.GetValueOrDefault(run.Name) == state)
                return Task.CompletedTask;
            _trialStates[run.Name] = state;
        }

        _stale = true;
        if (!_reading)
            _ = ReadAsync();
        return Task.CompletedTask;
    }

    private async Task ReadAsync()
    {
        _reading = true;
        while (_stale && !Closed.IsCancellationRequested)
        {
            _stale = false;
            var (list, failure) = await sweeps.ListAsync(Closed);
            _failure = failure;
            _sweeps = list ?? _sweeps;
            RenderSoon();
            await Task.Delay(_readInterval, Time, CancellationToken.None);
        }

        _reading = false;
    }
}
