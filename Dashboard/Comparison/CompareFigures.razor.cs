using System.Globalization;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Comparison;

/// <summary>Figures of runs, and one value of each of their curves.</summary>
public sealed partial class CompareFigures(RunsClient runs)
{
    private static readonly TimeSpan _readInterval = TimeSpan.FromSeconds(5);

    private static readonly KeyValuePair<string, string>[] _kinds =
        [.. ComparedFigure.Kinds.Select(k => KeyValuePair.Create(k, "its " + k + " value"))];

    private IReadOnlyList<ComparedFigure> _curves = [];
    private CallFailure? _failure;
    private string? _problem;
    private string _wanted = "";
    private string _read = "";
    private bool _reading;

    /// <summary>The runs.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>The place of the run that the others are held against.</summary>
    [Parameter]
    public int BaselinePlace { get; set; }

    /// <summary>One of <see cref="ComparedFigure.Kinds"/>; else the first.</summary>
    [Parameter]
    public string Kind { get; set; } = "";

    /// <summary>Is told a change of <see cref="Kind"/>.</summary>
    [Parameter]
    public EventCallback<string> KindChanged { get; set; }

    /// <summary>Only points up to this step; null: all.</summary>
    [Parameter]
    public long? Step { get; set; }

    /// <summary>Is told a change of <see cref="Step"/>.</summary>
    [Parameter]
    public EventCallback<long?> StepChanged { get; set; }

    /// <summary>Whether runs are rows and figures columns.</summary>
    [Parameter]
    public bool ByRun { get; set; }

    /// <summary>Is told a change of <see cref="ByRun"/>.</summary>
    [Parameter]
    public EventCallback<bool> ByRunChanged { get; set; }

    private IReadOnlyList<ComparedFigure> Figures => [.. _curves, .. ComparedFigure.OfRuns(Runs)];

    private string Chosen => ComparedFigure.Kinds.Contains(Kind) ? Kind : ComparedFigure.Kinds[0];

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _wanted = $"{Chosen} {Step} {string.Join(' ', Runs.Select(r => $"{r.Name}:{r.Step}"))}";
        if (!_reading)
            _ = ReadAsync();
    }

    // Runs that train have other figures at every step; they are read again every few seconds.
    private async Task ReadAsync()
    {
        _reading = true;
        while (_read != _wanted && !Closed.IsCancellationRequested)
        {
            _read = _wanted;
            await ReadCurvesAsync();
            RenderSoon();
            if (Runs.All(r => r.State.HasEnded()))
                break;
            await Task.Delay(_readInterval, Time, CancellationToken.None);
        }

        _reading = false;
    }

    private async Task ReadCurvesAsync()
    {
        var request = new GetMetricsRequest { MaxBuckets = 1 };
        request.Runs.AddRange(Runs.Select(r => r.Name));
        if (Step is { } step)
            request.MaxX = step;
        if (Runs.Count == 0)
            return;
        var (curves, failure) = await runs.GetMetricsAsync(request, Closed);
        _failure = failure;
        if (curves is null)
            return;
        var names = request.Runs.ToList();
        var kind = Chosen;
        _curves =
        [
            .. ChartDefinition.OfComparison.SelectMany(c => c.Series.Select(s => (Chart: c, s.Key)))
                .Where(s => curves.Any(c => c.Series == s.Key))
                .Select(s => new ComparedFigure(
                    s.Chart.Title,
                    FormatOf(s.Chart.Format),
                    [
                        .. names.Select(n =>
                            ValueOf(curves.FirstOrDefault(c => c.Run == n && c.Series == s.Key), kind)),
                    ])),
        ];
    }

    private static double? ValueOf(Curve? curve, string kind) =>
        curve is null || curve.Last.Count == 0 ? null : kind switch
        {
            "lowest" => curve.Min.Min(),
            "highest" => curve.Max.Max(),
            _ => curve.Last[^1],
        };

    private static Func<double, string> FormatOf(string format) => format switch
    {
        "loss" => v => Format.Loss(v),
        "rate" => v => Format.Rate(v),
        "bytes" => Format.Bytes,
        "share" => Format.Percent,
        "seconds" => v => Format.Duration(v),
        _ => Format.Small,
    };

    private async Task ChangeStepAsync(string text)
    {
        _problem = null;
        var digits = text.Replace(",", "", StringComparison.Ordinal);
        if (text.Trim().Length == 0)
            await StepChanged.InvokeAsync(null);
        else if (long.TryParse(digits, CultureInfo.InvariantCulture, out var step))
            await StepChanged.InvokeAsync(step);
        else
            _problem = "A step is a whole number.";
    }
}
