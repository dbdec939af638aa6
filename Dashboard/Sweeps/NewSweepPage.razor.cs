using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Layout;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Sweeps;

/// <summary>
/// Asks for a sweep, by form or as the YAML that the command line takes. What the service refuses stands at its field.
/// </summary>
public sealed partial class NewSweepPage(
    SweepsClient sweeps, RunsClient runs, DatasetsClient datasets, Browser browser)
{
    private const int OfferedModels = 50;

    private static readonly KeyValuePair<string, string>[] _presets =
        [new("", "none"), new("lora-study", "LoRA study: rank, alpha, dropout")];

    private static readonly KeyValuePair<string, string>[] _strategies =
    [
        new("grid", "Grid: every combination"),
        new("one_at_a_time", "One at a time, round the base"),
        new("random", "Random draws"),
        new("successive_halving", "Successive halving"),
    ];

    private static readonly KeyValuePair<string, string>[] _objectives =
    [
        new("", "Last validation loss"),
        new("best_validation_loss", "Lowest validation loss"),
        new("final_loss", "Final training loss"),
    ];

    private static readonly string[] _settings =
        [.. SpecPaths.Leaves(RunSpec.Descriptor).Select(leaf => leaf.Key).Where(path => path is not "dataset")];

    private readonly SweepForm _form = new();
    private readonly string _requestId = Guid.NewGuid().ToString("N");
    private IReadOnlyList<Dataset> _datasets = [];
    private IReadOnlyList<string> _models = [];
    private CallFailure? _failure;
    private string _displayName = "";
    private string _id = "";
    private string _preset = "";
    private string _yaml = "";
    private string? _yamlProblem;
    private bool _wasYaml;
    private Link _link = Link.Connecting;
    private bool _loaded;
    private bool _busy;

    [SupplyParameterFromQuery(Name = "base")]
    private string? Base { get; set; }

    /// <summary>Whether the spec is written as YAML and not asked for field by field.</summary>
    [SupplyParameterFromQuery(Name = "as")]
    private string? AsQuery { get; set; }

    private bool IsYaml => AsQuery is "yaml";

    // A preset has a strategy of its own.
    private IReadOnlyList<KeyValuePair<string, string>> Strategies =>
        [new("", _preset.Length > 0 ? "The preset's" : "Grid, if nothing is chosen"), .. _strategies];

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = ReadWhenUpAsync("tokenizer", ReadAsync, link => _link = link);

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
        if (!_loaded && Base is not null)
            _form.Base["base_model"] = Base;
        _loaded = true;
        var (models, _) = await runs.ListAsync("state:succeeded", OfferedModels, Closed);
        _models = [.. (models?.Runs ?? []).Select(r => r.Name)];
    }

    private void Toggle(string dataset)
    {
        if (!_form.Datasets.Remove(dataset))
            _form.Datasets.Add(dataset);
    }

    private void SetYaml(string text)
    {
        _yaml = text;
        _yamlProblem = _form.TakeYaml(text);
    }

    private Task SaveYamlAsync() =>
        browser.SaveAsync((_id.Trim().Length > 0 ? _id.Trim() : "sweep") + ".yaml", "application/yaml", _yaml);

    private async Task StartAsync()
    {
        if (IsYaml && _yamlProblem is not null)
            return;
        _busy = true;
        var request = new CreateSweepRequest
        {
            SweepId = _id.Trim(),
            DisplayName = _displayName.Trim(),
            Spec = _form.ToSpec(),
            Preset = _preset,
            RequestId = _requestId,
        };
        if (!_form.HasProblems)
        {
            var (sweep, failure) = await sweeps.CreateAsync(request, CancellationToken.None);
            if (sweep is not null)
                Navigation.NavigateTo(sweep.Name);
            else if (failure is not null)
                _form.Take(failure);
        }

        _busy = false;
    }
}
