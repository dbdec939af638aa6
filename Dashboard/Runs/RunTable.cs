using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Runs;

/// <summary>A page of the list of runs as its stream tells it: filter, order and counts are the service's.</summary>
public sealed class RunTable
{
    private List<Run> _runs = [];
    private RunList _list = new();

    /// <summary>The runs in their order.</summary>
    public IReadOnlyList<Run> Runs => _runs;

    /// <summary>Runs that match, on all pages.</summary>
    public int Total => _list.TotalSize;

    /// <summary>Tags of all runs, the most used first.</summary>
    public IReadOnlyList<string> Tags => _list.Tags;

    /// <summary>Data sets of all runs, the most used first.</summary>
    public IReadOnlyList<string> Datasets => _list.Datasets;

    /// <summary>Runs in a state, on all pages, whatever state the filter asks for.</summary>
    /// <param name="state">The state's name in lower case; empty: in all.</param>
    public int CountOf(string state) => _list.StateCounts
        .Where(c => state.Length == 0 || c.State.ToString().Equals(state, StringComparison.OrdinalIgnoreCase))
        .Sum(c => c.Count);

    /// <summary>
    /// Takes a message of the stream. A snapshot takes the place of everything, also after a reconnect.
    /// </summary>
    /// <param name="message">The message.</param>
    public void Apply(WatchRunsResponse message)
    {
        switch (message.UpdateCase)
        {
            case WatchRunsResponse.UpdateOneofCase.Snapshot:
                (_list, _runs) = (message.Snapshot, [.. message.Snapshot.Runs]);
                break;
            case WatchRunsResponse.UpdateOneofCase.Changed:
                var place = _runs.FindIndex(r => r.Name == message.Changed.Name);
                if (place >= 0)
                    _runs[place] = message.Changed;
                break;
            case WatchRunsResponse.UpdateOneofCase.Removed:
                _runs.RemoveAll(r => r.Name == message.Removed);
                break;
        }
    }
}
