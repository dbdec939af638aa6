using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Runs;

/// <summary>All runs, live, with filter and order in the URL.</summary>
public sealed partial class RunsPage(RunsClient runs)
{
    private const int PageSize = 50;
    private const int SparklineBuckets = 40;
    private static readonly TimeSpan _sparklineInterval = TimeSpan.FromSeconds(5);
    private static readonly string[] _states = ["", "running", "queued", "succeeded", "failed", "cancelled"];
    private readonly RunTable _table = new();
    private readonly Dictionary<string, IReadOnlyList<double>> _losses = [];
    private readonly Dictionary<string, long> _lossSteps = [];
    private IReadOnlyList<Run> _matching = [];
    private Link _link = Link.Connecting;
    private bool _loaded;
    private bool _readingLosses;

    /// <summary>Words to find.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    private string? TextQuery { get; set; }

    [SupplyParameterFromQuery(Name = "state")]
    private string? StateQuery { get; set; }

    [SupplyParameterFromQuery(Name = "sort")]
    private string? OrderQuery { get; set; }

    [SupplyParameterFromQuery(Name = "trials")]
    private bool? TrialsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    private int? PageQuery { get; set; }

    private string Text => TextQuery ?? "";

    private string StateFilter => StateQuery ?? "";

    private string Order => OrderQuery ?? "created desc";

    private bool Trials => TrialsQuery ?? false;

    private int Pages => (_matching.Count + PageSize - 1) / PageSize;

    private int PageNumber => Math.Clamp(PageQuery ?? 1, 1, Math.Max(1, Pages));

    private IEnumerable<Run> Shown => _matching.Skip((PageNumber - 1) * PageSize).Take(PageSize);

    /// <inheritdoc/>
    protected override void OnInitialized() =>
        _ = FollowAsync("runs", "trainer", token => runs.WatchList("", token), Receive, l => _link = l, endless: true);

    /// <inheritdoc/>
    protected override void OnParametersSet() => Select();

    private static string? Null(string value) => value.Length == 0 ? null : value;

    private Task Receive(WatchRunsResponse message)
    {
        _table.Apply(message);
        _loaded = true;
        Select();
        return Task.CompletedTask;
    }

    private void Select()
    {
        _matching = _table.Select(Text, StateFilter, Order, Trials);
        if (!_readingLosses && _loaded)
            _ = ReadLossesAsync();
    }

    private int CountOf(string state) => _table.Select(Text, state, Order, Trials).Count;

    private void SetOrder(string order) => SetQuery(("sort", order == "created desc" ? null : order));

    // Small curves for the rows in view, read together; again for rows whose step has changed, every few seconds.
    private async Task ReadLossesAsync()
    {
        _readingLosses = true;
        try
        {
            while (Shown.Where(r => _lossSteps.GetValueOrDefault(r.Name) != r.Step).ToList() is { Count: > 0 } stale)
            {
                var request = new GetMetricsRequest { MaxBuckets = SparklineBuckets };
                request.Series.Add("train_loss");
                request.Runs.AddRange(stale.Select(r => r.Name));
                var (curves, failure) = await runs.GetMetricsAsync(request, Closed);
                if (failure is not null)
                    return;
                foreach (var run in stale)
                    _lossSteps[run.Name] = run.Step;
                foreach (var curve in curves!)
                    _losses[curve.Run] = [.. curve.Last];
                RenderSoon();
                await Task.Delay(_sparklineInterval, Time, Closed);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed during the pause.
        }
        finally
        {
            _readingLosses = false;
        }
    }
}
