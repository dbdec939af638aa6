using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;
using Platform.Dashboard.Layout;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Sweeps;

/// <summary>
/// Asks for a sweep, by form or as the YAML that the command line takes. What the service refuses stands at its field.
/// </summary>
public sealed partial class NewSweepPage(
    SweepsClient sweeps, RunsClient runs, DatasetsClient datasets, Browser browser) : SpecPage(runs, datasets, browser)
{
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
    private string _preset = "";

    [SupplyParameterFromQuery(Name = "base")]
    private string? Base { get; set; }

    // A preset has a strategy of its own.
    private IReadOnlyList<KeyValuePair<string, string>> Strategies =>
        [new("", _preset.Length > 0 ? "The preset's" : "Grid, if nothing is chosen"), .. _strategies];

    private string PresetHelp => _preset.Length > 0
        ? "Fills in what is left open here: 17 trials of rank, alpha and dropout, one at a time."
        : "A ready-made plan.";

    /// <inheritdoc/>
    protected override string FormAsYaml() => _form.ToYaml();

    /// <inheritdoc/>
    protected override string? TakeYaml(string yaml) => _form.TakeYaml(yaml);

    /// <inheritdoc/>
    protected override Task FillFirstAsync()
    {
        if (Base is not null)
            _form.Base["base_model"] = Base;
        return Task.CompletedTask;
    }

    private void Toggle(string dataset)
    {
        if (!_form.Datasets.Remove(dataset))
            _form.Datasets.Add(dataset);
    }

    private async Task StartAsync()
    {
        if (IsYaml && YamlProblem is not null)
            return;
        Busy = true;
        var request = new CreateSweepRequest
        {
            SweepId = Id.Trim(),
            DisplayName = DisplayName.Trim(),
            Spec = _form.ToSpec(),
            Preset = _preset,
            RequestId = RequestId,
        };
        if (!_form.HasProblems)
        {
            var (sweep, failure) = await sweeps.CreateAsync(request, CancellationToken.None);
            if (sweep is not null)
                Navigation.NavigateTo(sweep.Name);
            else if (failure is not null)
                _form.Take(failure);
        }

        Busy = false;
    }
}
