using System.Globalization;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Evaluations;

/// <summary>All evaluations, and the form that starts one.</summary>
public sealed partial class EvaluationsPage(EvaluationsClient evaluations, RunsClient runs, DatasetsClient datasets)
{
    private const int OfferedModels = 50;
    private IReadOnlyList<string> _models = [];
    private IReadOnlyList<string> _itemSets = [];
    private CallFailure? _refusal;
    private string _model = "";
    private string _items = "";
    private string _limit = "";
    private string _displayName = "";
    private string _problem = "";
    private bool _busy;

    [SupplyParameterFromQuery(Name = "model")]
    private string? ModelQuery { get; set; }

    /// <inheritdoc/>
    protected override string Service => "eval";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _model = ModelQuery ?? "";
        var (found, _) = await runs.ListAsync("state:succeeded", OfferedModels, Closed);
        _models = [.. (found?.Runs ?? []).Select(r => r.Name)];
        var (sets, _) = await datasets.ListAsync(Closed);
        _itemSets = [.. (sets ?? []).Where(d => d.Spec?.Kind is DatasetKind.Items).Select(d => d.Name)];
        if (_items.Length == 0 && _itemSets.Count > 0)
            _items = _itemSets[0];
    }

    /// <inheritdoc/>
    protected override IAsyncEnumerable<ListChange<Evaluation>> WatchList(CancellationToken token) =>
        evaluations.WatchList(token);

    /// <inheritdoc/>
    protected override string NameOf(Evaluation item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Evaluation item) => item.State;

    private string? Problem(string field) =>
        _refusal?.Fields.FirstOrDefault(f => f.Path == field || f.Path == "spec." + field)?.Message;

    private async Task StartAsync()
    {
        (_refusal, _problem) = (null, "");
        var limit = 0;
        if (_limit.Trim().Length > 0 && !int.TryParse(_limit, CultureInfo.InvariantCulture, out limit))
        {
            _refusal = new(FailureKind.Invalid, "", "", [new("limit", "A whole number is wanted.")]);
            return;
        }

        _busy = true;
        var request = new CreateEvaluationRequest
        {
            DisplayName = _displayName.Trim(),
            Spec = new() { Model = _model.Trim(), Task = "hellaswag", Items = _items.Trim(), Limit = limit },
            RequestId = Guid.NewGuid().ToString("N"),
        };
        var (evaluation, failure) = await evaluations.CreateAsync(request, CancellationToken.None);
        _busy = false;
        if (evaluation is not null)
        {
            Navigation.NavigateTo(evaluation.Name);
            return;
        }

        _refusal = failure;
        var shown = failure!.Fields.All(f => f.Path is "spec.model" or "spec.items" or "spec.limit" or "model" or "items" or "limit");
        _problem = failure.Fields.Count > 0 && shown ? "" : $"{failure.Message} {failure.Advice}".Trim();
    }
}
