using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>Draws each trial's objective, one colour a data set.</summary>
public sealed partial class TrialsChart(IJSRuntime runtime) : IAsyncDisposable
{
    private ElementReference _host;
    private IJSObjectReference? _chart;

    /// <summary>The sweep.</summary>
    [Parameter, EditorRequired]
    public Sweep Sweep { get; set; } = new();

    /// <summary>Its trials.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Trial> Trials { get; set; } = [];

    [CascadingParameter]
    private Viewer? Viewer { get; set; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_chart is not null)
                await _chart.InvokeVoidAsync("dispose");
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the chart with it.
        }
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await using var module = await runtime.InvokeAsync<IJSObjectReference>("import", "./trials.js");
            _chart = await module.InvokeAsync<IJSObjectReference>("createTrials", _host);
        }

        if (_chart is not null)
            await _chart.InvokeVoidAsync("show", Data());
    }

    private object Data() => new
    {
        dark = Viewer?.Dark ?? false,
        objective = SweepWords.Objective(Sweep),
        total = Trials.Count,
        groups = Trials.GroupBy(t => t.Dataset).OrderBy(g => g.Key, StringComparer.Ordinal).Select(group => new
        {
            name = Format.Id(group.Key),
            initial = group.Where(t => t.HasInitialValidationLoss).Select(t => (double?)t.InitialValidationLoss).FirstOrDefault(),
            points = group
                .Where(t => SweepWords.ObjectiveOf(Sweep, t) is { } v && double.IsFinite(v))
                .Select(t => new object[] { t.Number, SweepWords.ObjectiveOf(Sweep, t)!.Value, SweepWords.Line(t.Settings) }),
        }),
    };
}
