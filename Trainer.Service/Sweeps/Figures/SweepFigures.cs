using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Metrics;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>The figures of a sweep, as data: what the Dashboard and <see cref="FigureDrawing"/> draw.</summary>
internal sealed class SweepFigures(MetricsCache metrics)
{
    private const int CurveBuckets = 64;
    private const int MostCurves = 100;

    /// <summary>All figures that there is data for.</summary>
    public IEnumerable<SweepFigure> Of(Sweep sweep)
    {
        var data = new FigureData(sweep);
        IEnumerable<SweepFigure?> figures =
        [
            Bars(
                data, "objective", $"{data.ObjectiveName} per trial", data.ObjectiveName,
                r => r.Mean,
                r => r.Deviation),
            Bars(
                data, "final-loss", "Final training loss per trial", "final loss",
                r => FinalLosses(r) is { Count: > 0 } losses ? losses.Average() : null,
                r => ConfigurationResult.DeviationOf(FinalLosses(r))),
            Bars(data, "parameters", "Trainable parameters per trial", "parameters", Parameters, _ => null, one: true),
            Along(data, "lora.alpha"),
            .. sweep.Spec.Axes.Where(a => a.Setting != "lora.alpha").Select(axis => Along(data, axis.Setting)),
            Radar(data),
            Parallel(data),
            .. sweep.Spec.Datasets.Select(dataset => HeatMap(data, dataset)),
            .. sweep.Spec.Datasets.Select(dataset => Curves(sweep, dataset)),
        ];
        return figures.OfType<SweepFigure>();
    }

    private static SweepFigure? Bars(
        FigureData data,
        string key,
        string title,
        string unit,
        Func<ConfigurationResult, double?> value,
        Func<ConfigurationResult, double?> deviation,
        bool one = false)
    {
        var figure = new SweepFigure
        {
            Key = key,
            Title = title,
            Kind = FigureKind.Bars,
            XTitle = string.Join(" · ", data.AxisNames),
            YTitle = unit,
        };
        var configurations = data.Results.Select(result => result.Configuration).Distinct().Order().ToList();
        figure.Categories.AddRange(configurations.Select(data.Label));
        foreach (var dataset in data.Datasets.Take(one ? 1 : int.MaxValue))
        {
            var series = new FigureSeries { Name = one ? unit : FigureData.Id(dataset) };
            var found = configurations
                .Select(c => data.Results.FirstOrDefault(r => r.Configuration == c && r.Dataset == dataset)).ToList();
            series.Y.AddRange(found.Select(result => result is null ? double.NaN : value(result) ?? double.NaN));
            if (found.Any(result => result is not null && deviation(result) is not null))
                series.Deviation.AddRange(found.Select(result => result is null ? 0 : deviation(result) ?? 0));
            if (series.Y.Any(double.IsFinite))
                figure.Series.Add(series);
        }

        return figure.Series.Count > 0 ? figure : null;
    }

    private static SweepFigure? Along(FigureData data, string setting)
    {
        var effects = data.Importance.Where(axis => axis.Setting == setting).ToList();
        if (effects.Count == 0 || !effects[0].Values.All(value => value.KindCase == Value.KindOneofCase.NumberValue))
            return null;
        var name = FigureData.Short(setting);
        var figure = new SweepFigure
        {
            Key = $"{name}-loss",
            Title = $"{data.ObjectiveName} by {name}",
            Kind = FigureKind.Lines,
            XTitle = name,
            YTitle = data.ObjectiveName,
            LogX = effects[0].Values.All(v => v.NumberValue > 0)
                && effects[0].Values.Max(v => v.NumberValue) >= 8 * effects[0].Values.Min(v => v.NumberValue),
        };
        foreach (var effect in effects)
        {
            var series = new FigureSeries { Name = FigureData.Id(effect.Dataset), Y = { effect.Means } };
            series.X.AddRange(effect.Values.Select(value => value.NumberValue));
            figure.Series.Add(series);
        }

        return figure;
    }

    // The settings of each data set's best, each axis from its least value to its greatest.
    private static SweepFigure? Radar(FigureData data)
    {
        var axes = data.Axes.Where(axis => axis.Span > 0).ToList();
        var winners = data.Sweep.Best.Where(best => best.Dataset.Length > 0).ToList();
        if (axes.Count < 3 || winners.Count == 0)
            return null;
        var figure = new SweepFigure
        {
            Key = "best",
            Title = winners.Count > 1 ? "The best of each data set" : "The best configuration",
            Kind = FigureKind.Radar,
        };
        figure.Axes.AddRange(axes.Select(axis => axis.ToMessage()));
        foreach (var winner in winners)
        {
            var series = new FigureSeries { Name = FigureData.Id(winner.Dataset) };
            series.Y.AddRange(axes.Select(axis => axis.PlaceOf(winner.Settings)));
            figure.Series.Add(series);
        }

        return figure;
    }

    private static SweepFigure? Parallel(FigureData data)
    {
        if (data.Results.Count < 2)
            return null;
        var figure = new SweepFigure
        {
            Key = "parallel",
            Title = "Every configuration across its settings",
            Kind = FigureKind.Parallel,
            YTitle = data.ObjectiveName,
        };
        var dataset = new AxisScale("data set", [.. data.Datasets.Select(d => Value.ForString(FigureData.Id(d)))]);
        if (data.Datasets.Count > 1)
            figure.Axes.Add(dataset.ToMessage());
        figure.Axes.AddRange(data.Axes.Select(axis => axis.ToMessage()));
        figure.Axes.Add(new FigureAxis
        {
            Name = data.ObjectiveName,
            Min = data.Results.Min(result => result.Mean),
            Max = data.Results.Max(result => result.Mean),
        });
        foreach (var result in data.Results)
        {
            var series = new FigureSeries { Name = SweepTable.Describe(result.Settings) };
            if (data.Datasets.Count > 1)
                series.Y.Add(data.Datasets.ToList().IndexOf(result.Dataset));
            series.Y.AddRange(data.Axes.Select(axis => axis.PlaceOf(result.Settings)));
            series.Y.Add(result.Mean);
            figure.Series.Add(series);
        }

        return figure;
    }

    private static SweepFigure? HeatMap(FigureData data, string dataset)
    {
        // Rank and alpha where both are axes; else the first two.
        var rows = data.Axes.FirstOrDefault(axis => axis.Setting == "lora.rank") ?? data.Axes.ElementAtOrDefault(0);
        var columns = data.Axes.FirstOrDefault(axis => axis.Setting == "lora.alpha" && axis != rows)
            ?? data.Axes.FirstOrDefault(axis => axis != rows);
        if (rows is null || columns is null || rows.Values.Count < 2 || columns.Values.Count < 2)
            return null;
        var figure = new SweepFigure
        {
            Key = $"{FigureData.Short(rows.Setting)}-{FigureData.Short(columns.Setting)}-{FigureData.Id(dataset)}",
            Title = $"{data.ObjectiveName} by {FigureData.Short(rows.Setting)} and "
                + $"{FigureData.Short(columns.Setting)}, {FigureData.Id(dataset)}",
            Kind = FigureKind.HeatMap,
            XTitle = FigureData.Short(columns.Setting),
            YTitle = FigureData.Short(rows.Setting),
        };
        figure.Categories.AddRange(columns.Values.Select(SweepTable.Text));
        foreach (var row in rows.Values)
        {
            var series = new FigureSeries { Name = SweepTable.Text(row) };
            series.Y.AddRange(columns.Values.Select(column => data.Results
                .Where(result => result.Dataset == dataset
                    && result.Settings.Fields[rows.Setting].Equals(row)
                    && result.Settings.Fields[columns.Setting].Equals(column))
                .Select(result => result.Mean)
                .DefaultIfEmpty(double.NaN)
                .Average()));
            figure.Series.Add(series);
        }

        return figure.Series.Any(series => series.Y.Any(double.IsFinite)) ? figure : null;
    }

    private SweepFigure? Curves(Sweep sweep, string dataset)
    {
        var figure = new SweepFigure
        {
            Key = $"curves-{FigureData.Id(dataset)}",
            Title = $"Training loss of every trial, {FigureData.Id(dataset)}",
            Kind = FigureKind.Lines,
            XTitle = "step",
            YTitle = "training loss",
        };
        var request = new CurveRequest(
            MetricAxis.Step, double.NegativeInfinity, double.PositiveInfinity, CurveBuckets, CurveBuckets / 8.0);
        foreach (var trial in sweep.Trials.Where(t => t.Dataset == dataset && t.Step > 0).Take(MostCurves))
        {
            foreach (var curve in metrics.Curves(trial.Run["runs/".Length..], ["train_loss"], request))
            {
                figure.Series.Add(new FigureSeries
                {
                    Name = $"{trial.Number}: {SweepTable.Describe(trial.Settings)}",
                    X = { curve.X },
                    Y = { curve.Smoothed.Count > 0 ? curve.Smoothed : curve.Last },
                });
            }
        }

        return figure.Series.Count > 0 ? figure : null;
    }

    private static List<double> FinalLosses(ConfigurationResult result) =>
        [.. result.Trials.Where(trial => trial.HasFinalLoss).Select(trial => trial.FinalLoss)];

    private static double? Parameters(ConfigurationResult result) => result.Trials[0].TrainableParameterCount;
}
