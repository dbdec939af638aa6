namespace Platform.TrainerHost.Metrics;

/// <summary>One series: its values and the rows that they stand in.</summary>
internal sealed class SeriesColumn
{
    /// <summary>Row numbers, rising.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>The value of each of those rows.</summary>
    public List<double> Values { get; } = [];
}
