using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;

namespace Platform.Dashboard.Sweeps;

/// <summary>A chart of a sweep's trials that a script draws.</summary>
public abstract class SweepChart(IJSRuntime runtime, string module, string maker) : ScriptChart(runtime, module, maker)
{
    /// <summary>The sweep.</summary>
    [Parameter, EditorRequired]
    public Sweep Sweep { get; set; } = new();

    /// <summary>Its trials.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Trial> Trials { get; set; } = [];

    /// <summary>What its trials are judged by.</summary>
    protected string Objective => SweepWords.Objective(Sweep);

    /// <summary>What a trial came to; null where that is no number.</summary>
    protected double? ObjectiveOf(Trial trial) =>
        SweepWords.ObjectiveOf(Sweep, trial) is { } value && double.IsFinite(value) ? value : null;
}
