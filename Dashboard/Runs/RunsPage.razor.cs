using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Runs;

/// <summary>All runs, live, page by page; what is shown stands in the URL and is chosen by the service.</summary>
public sealed partial class RunsPage(RunsClient runs)
{
    /// <summary>The filter where nothing is chosen: all but trials of sweeps.</summary>
    private const string Everything = "sweep:";

    private static readonly int[] _sizes = [50, 100, 200];
    private static readonly TimeSpan _typingPause = TimeSpan.FromMilliseconds(250);
    private static readonly string[] _states = ["", "running", "queued", "succeeded", "failed", "cancelled"];
    private readonly RunTable _table = new();
    private LossPreviews _losses = null!;
    private RunQuery? _followed;
    private Link _link = Link.Connecting;
    private bool _loaded;

    /// <summary>Words to find.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    private string? TextQuery { get; set; }

    [SupplyParameterFromQuery(Name = "state")]
    private string? StateQuery { get; set; }

    [SupplyParameterFromQuery(Name = "tag")]
    private string? TagQuery { get; set; }

    [SupplyParameterFromQuery(Name = "dataset")]
    private string? DatasetQuery { get; set; }

    [SupplyParameterFromQuery(Name = "sort")]
    private string? OrderQuery { get; set; }

    [SupplyParameterFromQuery(Name = "trials")]
    private bool? TrialsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    private int? PageQuery { get; set; }

    [SupplyParameterFromQuery(Name = "size")]
    private int? SizeQuery { get; set; }

    [SupplyParameterFromQuery(Name = "cols")]
    private string? ColumnsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "pick")]
    private string? PickQuery { get; set; }

    private RunQuery Query => new(
        TextQuery ?? "",
        StateQuery ?? "",
        TagQuery ?? "",
        DatasetQuery ?? "",
        Trials,
        InQuery("sort", OrderQuery) ?? RunQuery.DefaultOrder,
        Math.Max(1, PageQuery ?? 1),
        _sizes.Contains(SizeQuery ?? 0) ? SizeQuery!.Value : _sizes[0]);

    private bool Trials => bool.TryParse(InQuery("trials", TrialsQuery?.ToString()), out var shown) && shown;

    private string? ColumnKeys => InQuery("cols", ColumnsQuery);

    private IReadOnlyList<RunColumn> Columns => RunColumn.Chosen(ColumnKeys);

    private IReadOnlyList<string> Picked =>
    [
        .. (InQuery("pick", PickQuery) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => "runs/" + id),
    ];

    private int Pages => (_table.Total + Query.Size - 1) / Query.Size;

    /// <inheritdoc/>
    protected override void OnInitialized() => _losses = new(runs, Time, RenderSoon, Closed);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_followed == Query)
            return;
        var typing = _followed is { } before && before.Text != Query.Text;
        _followed = Query;
        _ = FollowPageAsync(Query, typing ? _typingPause : TimeSpan.Zero);
    }

    private static string? Null(string value) => value.Length == 0 ? null : value;

    // The values there are, and the chosen one, which may stand in a link although no run has it any more.
    private static KeyValuePair<string, string>[] Words(IReadOnlyList<string> values, string chosen) =>
    [
        new("", "any"),
        .. values.Append(chosen)
            .Where(v => v.Length > 0)
            .Distinct()
            .Select(v => new KeyValuePair<string, string>(v, v)),
    ];

    private async Task FollowPageAsync(RunQuery query, TimeSpan pause)
    {
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, Time, CancellationToken.None);
        if (query != _followed || Closed.IsCancellationRequested)
            return;
        await FollowAsync(
            "runs",
            "trainer",
            token => runs.WatchPage(query.Filter, query.Order, (query.Page - 1) * query.Size, query.Size, token),
            Receive,
            link => _link = link,
            endless: true);
    }

    private Task Receive(WatchRunsResponse message)
    {
        _table.Apply(message);
        _loaded = true;
        _losses.Show(_table.Runs);
        return Task.CompletedTask;
    }

    // Another filter begins at its first page.
    private void Show(params (string Key, object? Value)[] values) => SetQuery([.. values, ("page", null)]);

    private void SetOrder(string order) => Show(("sort", order == RunQuery.DefaultOrder ? null : order));

    private void Pick(string name)
    {
        var ids = Picked.Contains(name) ? Picked.Where(n => n != name) : Picked.Append(name);
        SetQuery(("pick", Null(string.Join(',', ids.Select(Components.Format.Id)))));
    }
}
