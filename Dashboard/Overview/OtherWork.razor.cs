using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Overview;

/// <summary>
/// Follows the lists of all that may be under way; a service that does not answer is its card's matter.
/// </summary>
public sealed partial class OtherWork(
    SweepsClient sweeps, EvaluationsClient evaluations, TokenizersClient tokenizers, DatasetsClient datasets)
{
    private readonly LiveList<Sweep> _sweeps = new(s => s.Name);
    private readonly LiveList<Evaluation> _evaluations = new(e => e.Name);
    private readonly LiveList<Tokenizer> _tokenizers = new(t => t.Name);
    private readonly LiveList<Dataset> _datasets = new(d => d.Name);
    private int _count;

    /// <summary>Is told how many there are, whenever that changes.</summary>
    [Parameter]
    public EventCallback<int> CountChanged { get; set; }

    private IReadOnlyList<WorkItem> Items =>
    [
        .. Of(_sweeps, s => s.State).Select(s => new WorkItem(
            "sweep",
            s.Name,
            s.Name,
            Format.Title(s.DisplayName, s.Name),
            s.State,
            s.EndedTrialCount,
            s.TrialCount,
            "trials",
            "",
            null)),
        .. Of(_evaluations, e => e.State).Select(e => WorkItem.Of(
            "evaluation", e.Name, e.Name, Format.Title(e.DisplayName, e.Name), e.State, e.Progress)),
        .. Of(_tokenizers, t => t.State).Select(t => WorkItem.Of(
            "tokenizer", t.Name, "tokenizers", Format.Title(t.DisplayName, t.Name), t.State, t.Progress)),
        .. Of(_datasets, d => d.State).Select(d => WorkItem.Of(
            "data set", d.Name, "datasets", Format.Title(d.DisplayName, d.Name), d.State, d.Progress)),
    ];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Follow("trainer", sweeps.WatchList, _sweeps);
        Follow("eval", evaluations.WatchList, _evaluations);
        Follow("tokenizer", tokenizers.WatchList, _tokenizers);
        Follow("tokenizer", datasets.WatchList, _datasets);
    }

    private static IEnumerable<T> Of<T>(LiveList<T> list, Func<T, State> state)
        where T : class =>
        (list.Items ?? []).Where(i => state(i) is State.Queued or State.Running or State.Cancelling);

    private void Follow<T>(
        string service, Func<CancellationToken, IAsyncEnumerable<ListChange<T>>> watch, LiveList<T> list)
        where T : class
    {
        _ = FollowAsync(typeof(T).Name, service, watch, ReceiveAsync, _ => { }, endless: true);

        async Task ReceiveAsync(ListChange<T> change)
        {
            list.Apply(change);
            if (Items.Count == _count)
                return;
            _count = Items.Count;
            await InvokeAsync(() => CountChanged.InvokeAsync(_count));
        }
    }
}
