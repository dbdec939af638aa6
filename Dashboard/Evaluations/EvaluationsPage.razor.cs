using System.Globalization;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Evaluations;

/// <summary>All evaluations, and the form that starts one.</summary>
public sealed partial class EvaluationsPage(EvaluationsClient evaluations, RunsClient runs, DatasetsClient datasets)
{
    private const int OfferedModels = 50;
    private const string Own = "own";

    private readonly List<string> _chosen = [];
    private IReadOnlyList<TaskInfo> _known = [];
    private IReadOnlyList<KeyValuePair<string, string>> _tasks =
        [new("hellaswag", "hellaswag"), new(Own, "my own (YAML)")];
    private IReadOnlyList<string> _models = [];
    private IReadOnlyList<string> _itemSets = [];
    private CallFailure? _refusal;
    private string _model = "";
    private string _items = "";
    private string _task = "hellaswag";
    private string _yaml = "";
    private string _shots = "";
    private string _stride = "";
    private string _limit = "";
    private string _displayName = "";
    private string _problem = "";
    private bool _busy;

    [SupplyParameterFromQuery(Name = "model")]
    private string? ModelQuery { get; set; }

    [SupplyParameterFromQuery(Name = "task")]
    private string? TaskQuery { get; set; }

    private string ChartedTask => TaskQuery ?? (Items?.Count > 0 ? EvaluationWords.Task(Items[0]) : "");

    private IEnumerable<Evaluation> Shown =>
        Items!.Where(e => TaskQuery is null || EvaluationWords.Task(e) == TaskQuery);

    private string Asks => _task == Own
        ? "A task by a definition of your own."
        : _known.FirstOrDefault(task => task.Name == _task)?.Description ?? "";

    private string CompareAddress => "evaluations/compare"
        + (_chosen.Count > 0 ? $"?first={Format.Id(_chosen[0])}" : "")
        + (_chosen.Count > 1 ? $"&second={Format.Id(_chosen[1])}" : "");

    /// <inheritdoc/>
    protected override string Service => "eval";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _model = ModelQuery ?? "";
        var (found, _) = await runs.ListAsync("state:succeeded", OfferedModels, Closed);
        _models = [.. (found?.Runs ?? []).Select(r => r.Name)];
        var (tasks, _) = await evaluations.ListTasksAsync(Closed);
        _known = tasks ?? [];
        if (_known.Count > 0)
            _tasks = [.. _known.Select(task => KeyValuePair.Create(task.Name, task.Name)), new(Own, "my own (YAML)")];
        var (sets, _) = await datasets.ListAsync(Closed);
        _itemSets =
        [
            .. (sets ?? []).Where(d => d.Spec?.Kind is DatasetKind.Items or DatasetKind.Documents)
                .Select(d => d.Name),
        ];
        if (_items.Length == 0)
            _items = (sets ?? []).FirstOrDefault(d => d.Spec?.Kind is DatasetKind.Items)?.Name ?? "";
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

    private string Pressed(string task) => ((TaskQuery ?? "") == task).ToString().ToLowerInvariant();

    private void Choose(string name)
    {
        if (_chosen.Remove(name))
            return;
        if (_chosen.Count == 2)
            _chosen.RemoveAt(1);
        _chosen.Add(name);
    }

    private async Task StartAsync()
    {
        (_refusal, _problem) = (null, "");
        var numbers = new Dictionary<string, int>();
        ReadOnlySpan<(string, string)> fields = [("limit", _limit), ("shots", _shots), ("stride", _stride)];
        foreach (var (field, text) in fields)
        {
            numbers[field] = 0;
            if (text.Trim().Length > 0 && int.TryParse(text, CultureInfo.InvariantCulture, out var number))
                numbers[field] = number;
            else if (text.Trim().Length > 0)
                _refusal = new(FailureKind.Invalid, "", "", [new(field, "A whole number is wanted.")]);
        }

        if (_refusal is not null)
            return;
        _busy = true;
        var request = new CreateEvaluationRequest
        {
            DisplayName = _displayName.Trim(),
            Spec = new()
            {
                Model = _model.Trim(),
                Task = _task == Own ? "" : _task,
                TaskYaml = _task == Own ? _yaml : "",
                Items = _items.Trim(),
                Limit = numbers["limit"],
                Shots = _task == "perplexity" ? 0 : numbers["shots"],
                Stride = _task == "perplexity" ? numbers["stride"] : 0,
            },
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
        var shown = failure!.Fields.All(f => f.Path is "spec.model" or "spec.task" or "spec.task_yaml" or "spec.items"
            or "spec.shots" or "spec.stride" or "spec.limit");
        _problem = failure.Fields.Count > 0 && shown ? "" : $"{failure.Message} {failure.Advice}".Trim();
    }
}
