using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Sweeps;

/// <summary>Verdict and figures of a sweep; read again whenever another trial has ended.</summary>
public sealed partial class SweepResultsPanel(SweepsClient sweeps) : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private GetSweepResultsResponse? _results;
    private IReadOnlyList<SweepFigure> _figures = [];
    private (string Name, int Ended)? _read;

    /// <summary>The sweep's name.</summary>
    [Parameter, EditorRequired]
    public string Name { get; set; } = "";

    /// <summary>How many of its trials have ended.</summary>
    [Parameter, EditorRequired]
    public int Ended { get; set; }

    /// <summary>How many trials there are to be.</summary>
    [Parameter, EditorRequired]
    public int Total { get; set; }

    /// <summary>Whether trials still run or wait.</summary>
    [Parameter, EditorRequired]
    public bool GoesOn { get; set; }

    /// <summary>Told what was read.</summary>
    [Parameter]
    public EventCallback<GetSweepResultsResponse> ResultsRead { get; set; }

    // TrialExplorer draws the others.
    private IEnumerable<SweepFigure> DrawnFigures => _figures.Where(f =>
        f.Kind is not (FigureKind.Radar or FigureKind.Parallel or FigureKind.HeatMap));

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_read == (Name, Ended))
            return;
        _read = (Name, Ended);
        // The page itself says where the service cannot be reached; what was read stays.
        var token = _closed.Token;
        var (results, _) = await sweeps.ResultsAsync(Name, token);
        if (results is not null)
            await ResultsRead.InvokeAsync(results);
        var (figures, _) = await sweeps.FiguresAsync(Name, token);
        _results = results ?? _results;
        _figures = figures ?? _figures;
    }
}
