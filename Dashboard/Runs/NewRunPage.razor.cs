using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;
using Platform.Dashboard.Layout;

namespace Platform.Dashboard.Runs;

/// <summary>
/// Asks for a run. Empty fields are left to the service's defaults; the service checks what was typed, and what it
/// refuses stands at its field.
/// </summary>
public sealed partial class NewRunPage(RunsClient runs, DatasetsClient datasets, Browser browser)
{
    private const int OfferedModels = 50;
    private static readonly TimeSpan _checkDelay = TimeSpan.FromMilliseconds(600);
    private readonly SpecForm _form = new();
    private readonly string _requestId = Guid.NewGuid().ToString("N");
    private IReadOnlyList<Dataset> _datasets = [];
    private IReadOnlyList<string> _models = [];
    private CallFailure? _failure;
    private string _displayName = "";
    private string _id = "";
    private string _tags = "";
    private string _yaml = "";
    private string? _yamlProblem;
    private bool _wasYaml;
    private RunEstimate? _estimate;
    private bool _force;
    private Link _link = Link.Connecting;
    private bool _loaded;
    private bool _busy;
    private int _edits;

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "base")]
    private string? Base { get; set; }

    [SupplyParameterFromQuery(Name = "dataset")]
    private string? Dataset { get; set; }

    /// <summary>Whether the spec is written as YAML and not asked for field by field.</summary>
    [SupplyParameterFromQuery(Name = "as")]
    private string? AsQuery { get; set; }

    private bool IsYaml => AsQuery is "yaml";

    private IReadOnlyList<KeyValuePair<string, string>> Datasets =>
        [
            new("", "choose one"),
            .. _datasets.Select(d => new KeyValuePair<string, string>(
                d.Name, $"{Format.Title(d.DisplayName, d.Name)} ({Format.Short(d.TrainTokens)} tokens)")),
        ];

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = ReadWhenUpAsync("tokenizer", ReadAsync, l => _link = l);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (IsYaml && !_wasYaml)
            (_yaml, _yamlProblem) = (_form.ToYaml(), null);
        _wasYaml = IsYaml;
    }

    // A service that comes back brings new lists; what was typed stays.
    private async Task ReadAsync()
    {
        var (list, failure) = await datasets.ListAsync(Closed);
        _failure = failure;
        if (list is null)
            return;
        _datasets = [.. list.Where(d => d.State is State.Succeeded && d.TrainTokens > 0)];
        if (!_loaded)
        {
            if (From is not null)
                await FillFromAsync(From);
            else if (_datasets.Count > 0)
                _form["dataset"] = Dataset ?? _datasets[0].Name;
            if (Base is not null)
                (_form["base_model"], _form.UseLora) = (Base, true);
        }

        if (!_loaded && IsYaml)
            _yaml = _form.ToYaml();
        _loaded = true;
        _ = CheckSoonAsync();
        var (models, _) = await runs.ListAsync("state:succeeded", OfferedModels, Closed);
        _models = [.. (models?.Runs ?? []).Select(r => r.Name)];
    }

    private async Task FillFromAsync(string name)
    {
        var (run, failure) = await runs.GetAsync(name, Closed);
        _failure ??= failure;
        if (run is null)
            return;
        _form.Fill(run.Spec ?? new());
        _displayName = run.DisplayName;
        _tags = string.Join(", ", run.Tags);
    }

    private void Set(string path, string value)
    {
        _form[path] = value;
        _ = CheckSoonAsync();
    }

    private void SetYaml(string text)
    {
        _yaml = text;
        _yamlProblem = _form.TakeYaml(text);
        _estimate = null;
        if (_yamlProblem is null)
            _ = CheckSoonAsync();
    }

    private Task SaveYamlAsync() =>
        browser.SaveAsync((_id.Trim().Length > 0 ? _id.Trim() : "run") + ".yaml", "application/yaml", _yaml);

    private void ToggleLora()
    {
        _form.UseLora = !_form.UseLora;
        _ = CheckSoonAsync();
    }

    // Asks the service what it thinks once the typing pauses.
    private async Task CheckSoonAsync()
    {
        var edit = ++_edits;
        await Task.Delay(_checkDelay, Time, CancellationToken.None);
        if (edit != _edits || _busy || Closed.IsCancellationRequested || _form["dataset"].Length == 0)
            return;
        var spec = _form.ToSpec();
        if (_form.HasProblems)
        {
            RenderSoon();
            return;
        }

        var (estimate, failure) = await runs.EstimateAsync(spec, Closed);
        if (edit != _edits)
            return;
        if (failure is not null && failure.Kind is not FailureKind.Cancelled)
            _form.Take(failure);
        _estimate = estimate;
        RenderSoon();
    }

    private CreateRunRequest Request()
    {
        var request = new CreateRunRequest
        {
            RunId = _id.Trim(),
            DisplayName = _displayName.Trim(),
            Spec = _form.ToSpec(),
            RequestId = _requestId,
            Force = _force,
        };
        request.Tags.AddRange(
            _tags.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return request;
    }

    private async Task StartAsync()
    {
        if (IsYaml && _yamlProblem is not null)
            return;
        _busy = true;
        _edits++;
        var request = Request();
        if (!_form.HasProblems)
        {
            var (run, failure) = await runs.CreateAsync(request, CancellationToken.None);
            if (run is not null)
                Navigation.NavigateTo(run.Name);
            else if (failure is not null)
                _form.Take(failure);
        }

        _busy = false;
    }
}
