using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>
/// Trials as lines across their settings, as a map of two of them and on a radar. One brush chooses trials in all of
/// them and in the table of the page.
/// </summary>
public sealed partial class TrialExplorer(IJSRuntime runtime) : SweepChart(runtime, "./explorer.js", "createExplorer")
{
    private DotNetObjectReference<TrialExplorer>? _self;
    private string? _shown;

    /// <summary>The numbers of the trials that are chosen; null: all.</summary>
    [Parameter]
    public IReadOnlyCollection<int>? Chosen { get; set; }

    /// <summary>Is told which are chosen.</summary>
    [Parameter]
    public EventCallback<IReadOnlyCollection<int>?> ChosenChanged { get; set; }

    /// <summary>The setting of the map's rows; null: the first.</summary>
    [Parameter]
    public string? Rows { get; set; }

    /// <summary>Is told the setting of the map's rows.</summary>
    [Parameter]
    public EventCallback<string> RowsChanged { get; set; }

    /// <summary>The setting of the map's columns; null: the second.</summary>
    [Parameter]
    public string? Columns { get; set; }

    /// <summary>Is told the setting of the map's columns.</summary>
    [Parameter]
    public EventCallback<string> ColumnsChanged { get; set; }

    private string Hint => Chosen is null
        ? "Drag along an axis to choose trials; the table and the charts follow."
        : $"{Format.Count(Chosen.Count)} of {Format.Count(Trials.Count)} trials chosen.";

    // Those that have ended: what one half way has reached says nothing beside what others came to.
    private IReadOnlyList<Trial> Measured =>
        [.. Trials.Where(t => t.State.HasEnded() && ObjectiveOf(t) is not null)];

    private IReadOnlyList<string> Datasets => [.. SweepWords.Datasets(Sweep).Select(Format.Id)];

    private IReadOnlyList<TrialAxis> Axes
    {
        get
        {
            var settings = (Sweep.Spec?.Axes ?? []).Select(axis => TrialAxis.Of(axis.Setting, Trials));
            return Datasets.Count > 1
                ? [new(TrialAxis.DatasetKey, "data set", Datasets, false), .. settings]
                : [.. settings];
        }
    }

    private IReadOnlyList<TrialAxis> MapAxes => [.. Axes.Where(axis => axis.Labels.Count > 1)];

    private IReadOnlyList<KeyValuePair<string, string>> MapOptions =>
        [.. MapAxes.Select(axis => KeyValuePair.Create(axis.Key, axis.Name))];

    // Settings before data sets: these have a map each.
    private IEnumerable<string> MapOrder => MapAxes.Select(a => a.Key).OrderBy(key => key == TrialAxis.DatasetKey);

    private string? RowsAxis =>
        MapOrder.FirstOrDefault(key => key == Rows) ?? MapOrder.FirstOrDefault(key => key != Columns);

    private string? ColumnsAxis =>
        MapOrder.FirstOrDefault(key => key == Columns && key != RowsAxis)
            ?? MapOrder.FirstOrDefault(key => key != RowsAxis);

    /// <summary>Called by explorer.js: the numbers of the trials that were brushed; null: all.</summary>
    [JSInvokable]
    public Task ChosenAsync(int[]? numbers) => InvokeAsync(() => ChosenChanged.InvokeAsync(numbers));

    /// <inheritdoc/>
    protected override object?[] MakerArguments() => [_self = DotNetObjectReference.Create(this)];

    /// <inheritdoc/>
    protected override void Disposed() => _self?.Dispose();

    /// <inheritdoc/>
    protected override object?[]? Shown()
    {
        var data = Data();

        // The page renders several times a second while trials run; most of that changes nothing here.
        var text = System.Text.Json.JsonSerializer.Serialize(data);
        if (text == _shown)
            return null;
        _shown = text;
        return [data];
    }

    private object Data()
    {
        var (axes, datasets) = (Axes, Datasets.ToList());
        return new
        {
            dark = IsDark,
            objective = Objective,
            lower = Sweep.Spec?.Direction is not Direction.Maximize,
            datasets,
            rows = RowsAxis,
            columns = ColumnsAxis,
            chosen = Chosen,
            axes = axes.Select(a => new { key = a.Key, name = a.Name, labels = a.Labels, log = a.Log }),
            trials = Measured.Select(t => new
            {
                number = t.Number,
                dataset = Math.Max(0, datasets.IndexOf(Format.Id(t.Dataset))),
                values = axes.Select(a => a.PlaceOf(t)),
                objective = ObjectiveOf(t),
                parameters = t.TrainableParameterCount,
                seconds = t.HasDurationSeconds ? t.DurationSeconds : (double?)null,
            }),
        };
    }
}
