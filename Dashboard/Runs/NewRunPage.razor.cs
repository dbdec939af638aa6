using Microsoft.AspNetCore.Components;
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
    : SpecPage(runs, datasets, browser)
{
    private static readonly TimeSpan _checkDelay = TimeSpan.FromMilliseconds(600);
    private readonly SpecForm _form = new();
    private string _tags = "";
    private RunEstimate? _estimate;
    private bool _force;
    private int _edits;

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "base")]
    private string? Base { get; set; }

    [SupplyParameterFromQuery(Name = "dataset")]
    private string? Dataset { get; set; }

    private IReadOnlyList<KeyValuePair<string, string>> DatasetChoices =>
        [
            new("", "choose one"),
            .. Datasets.Select(d => new KeyValuePair<string, string>(
                d.Name, $"{Format.Title(d.DisplayName, d.Name)} ({Format.Short(d.TrainTokens)} tokens)")),
        ];

    /// <inheritdoc/>
    protected override string FormAsYaml() => _form.ToYaml();

    /// <inheritdoc/>
    protected override string? TakeYaml(string yaml) => _form.TakeYaml(yaml);

    /// <inheritdoc/>
    protected override async Task FillFirstAsync()
    {
        if (From is not null)
            await FillFromAsync(From);
        else if (Datasets.Count > 0)
            _form["dataset"] = Dataset ?? Datasets[0].Name;
        if (Base is not null)
            (_form["base_model"], _form.UseLora) = (Base, true);
    }

    /// <inheritdoc/>
    protected override void FormChanged() => _ = CheckSoonAsync();

    /// <inheritdoc/>
    protected override void SetYaml(string text)
    {
        base.SetYaml(text);
        _estimate = null;
        if (YamlProblem is null)
            _ = CheckSoonAsync();
    }

    private async Task FillFromAsync(string name)
    {
        var (run, failure) = await Runs.GetAsync(name, Closed);
        Failure ??= failure;
        if (run is null)
            return;
        _form.Fill(run.Spec ?? new());
        DisplayName = run.DisplayName;
        _tags = string.Join(", ", run.Tags);
    }

    private void Set(string path, string value)
    {
        _form[path] = value;
        _ = CheckSoonAsync();
    }

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
        if (edit != _edits || Busy || Closed.IsCancellationRequested || _form["dataset"].Length == 0)
            return;
        var spec = _form.ToSpec();
        if (_form.HasProblems)
        {
            RenderSoon();
            return;
        }

        var (estimate, failure) = await Runs.EstimateAsync(spec, Closed);
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
            RunId = Id.Trim(),
            DisplayName = DisplayName.Trim(),
            Spec = _form.ToSpec(),
            RequestId = RequestId,
            Force = _force,
        };
        request.Tags.AddRange(
            _tags.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return request;
    }

    private async Task StartAsync()
    {
        if (IsYaml && YamlProblem is not null)
            return;
        Busy = true;
        _edits++;
        var request = Request();
        if (!_form.HasProblems)
        {
            var (run, failure) = await Runs.CreateAsync(request, CancellationToken.None);
            if (run is not null)
                Navigation.NavigateTo(run.Name);
            else if (failure is not null)
                _form.Take(failure);
        }

        Busy = false;
    }
}
