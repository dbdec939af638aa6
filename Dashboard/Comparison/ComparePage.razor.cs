using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Comparison;

/// <summary>Several runs beside each other, live; which, and how they are shown, stands in the URL.</summary>
public sealed partial class ComparePage(RunsClient runs)
{
    /// <summary>Runs that are compared at most; the service answers curves of so many at once.</summary>
    private const int MostRuns = 100;

    /// <summary>Runs that are drawn unless the reader asks for all.</summary>
    private const int MostDrawn = 20;

    private static readonly string[] _usualSeries = ["validation_loss", "train_loss"];
    private readonly Dictionary<string, long?> _cursors = [];
    private readonly RunTable _table = new();
    private List<Run> _runs = [];
    private RunCurves? _curves;
    private Link _link = Link.Connecting;
    private string? _followed;
    private bool _loaded;

    [SupplyParameterFromQuery(Name = "runs")]
    private string? RunsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "base")]
    private string? BaseQuery { get; set; }

    [SupplyParameterFromQuery(Name = "series")]
    private string? SeriesQuery { get; set; }

    [SupplyParameterFromQuery(Name = "all")]
    private bool? AllQuery { get; set; }

    [SupplyParameterFromQuery(Name = "equal")]
    private bool? EqualQuery { get; set; }

    [SupplyParameterFromQuery(Name = "setting")]
    private string? SettingQuery { get; set; }

    [SupplyParameterFromQuery(Name = "figure")]
    private string? KindQuery { get; set; }

    [SupplyParameterFromQuery(Name = "rows")]
    private bool? RowsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "step")]
    private long? StepQuery { get; set; }

    [SupplyParameterFromQuery(Name = "sample")]
    private long? SampleQuery { get; set; }

    private IReadOnlyList<string> Ids =>
        [.. (RunsQuery ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct().Take(MostRuns)];

    private IReadOnlyList<string> Missing => [.. Ids.Where(id => _runs.All(r => r.Name != "runs/" + id))];

    private IReadOnlyList<string> Series =>
        SeriesQuery?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? _usualSeries;

    private IReadOnlyList<Run> Drawn => AllQuery is true ? _runs : [.. _runs.Take(MostDrawn)];

    private IReadOnlyList<ChartDefinition> DrawnCharts => ChartDefinition.OfSize(
        ChartDefinition.OfComparison, Drawn.Select(r => r.ParameterCount).DefaultIfEmpty().Max());

    private int BaselinePlace => Math.Max(0, _runs.FindIndex(r => r.Name == "runs/" + BaseQuery));

    private string Baseline => _runs.Count > 0 ? _runs[BaselinePlace].Name : "";

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var wanted = string.Join(',', Ids);
        if (_followed == wanted)
            return;
        _followed = wanted;
        if (wanted.Length > 0)
        {
            _ = FollowAsync(
                "list",
                "trainer",
                token => runs.WatchList("id:" + wanted, token),
                Receive,
                l => _link = l,
                endless: true);
        }
    }

    private Task Receive(WatchRunsResponse message)
    {
        _table.Apply(message);
        // In the order in which they were chosen, which is that of their colours.
        var all = _table.Runs.ToDictionary(r => Format.Id(r.Name));
        _runs = [.. Ids.Where(all.ContainsKey).Select(id => all[id])];
        _loaded = true;
        foreach (var run in Drawn.Where(r => !r.State.HasEnded() && _cursors.TryAdd(r.Name, null)))
            _ = FollowRunAsync(run.Name);
        return Task.CompletedTask;
    }

    // Points of a run that has not ended come by a stream of its own; the stream ends with the run.
    private async Task FollowRunAsync(string name)
    {
        await FollowAsync(
            "run-" + name, "trainer", token => runs.Watch(name, _cursors[name], token), ReceivePoints, _ => { });
        _cursors.Remove(name);

        Task ReceivePoints(WatchRunResponse message)
        {
            _cursors[name] = Math.Max(_cursors[name] ?? 0, message.Cursor);
            if (message.UpdateCase is WatchRunResponse.UpdateOneofCase.Points)
                _curves?.Add(name, message.Points.Points);
            return Task.CompletedTask;
        }
    }

    private void Leave(string name) =>
        SetQuery(("runs", string.Join(',', Ids.Where(id => "runs/" + id != name))));

    private void ToggleSeries(string series)
    {
        var chosen = Series.Contains(series) ? Series.Where(s => s != series) : Series.Append(series);
        var text = string.Join(',', chosen);
        SetQuery(("series", text == string.Join(',', _usualSeries) || text.Length == 0 ? null : text));
    }
}
