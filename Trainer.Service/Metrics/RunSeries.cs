using Platform.TrainerHost.Runs;
using Platform.Workspaces;

namespace Platform.TrainerHost.Metrics;

/// <summary>
/// A run's measurements in columns, read once and then only what its files have gained. Superseded rows are marked.
/// </summary>
/// <remarks>For one thread at a time: take <see cref="Gate"/>.</remarks>
internal sealed class RunSeries(string folder)
{
    private const int RowBytes = 8 + 8 + 8 + 4 + 1;
    private const int ValueBytes = 12;

    private readonly MetricLine _line = new();
    private LineReader _events = new(LiveRun.EventsPath(folder));
    private LineReader _metrics = new(LiveRun.MetricsPath(folder));
    private ResumeMarks _marks = new();

    public Lock Gate { get; } = new();

    /// <summary>Optimizer steps of each row.</summary>
    public List<long> Steps { get; } = [];

    /// <summary>Tokens trained on at each row; NaN where not told.</summary>
    public List<double> Tokens { get; } = [];

    /// <summary>When each row was written, in ticks.</summary>
    public List<long> Times { get; } = [];

    /// <summary>Attempt of each row.</summary>
    public List<int> Attempts { get; } = [];

    /// <summary>Whether a later attempt took each row's place.</summary>
    public List<bool> Superseded { get; } = [];

    /// <summary>Steps at which attempts resumed.</summary>
    public List<long> ResumeSteps { get; } = [];

    /// <summary>The series: for each the rows that have a value, and the values.</summary>
    public Dictionary<string, SeriesColumn> Columns { get; } = new(StringComparer.Ordinal);

    /// <summary>Memory taken, roughly.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>The step from which a row's attempt went on.</summary>
    public long BeganAt(int row) => _marks.BeganAt(Attempts[row]);

    /// <summary>Reads what the files have gained.</summary>
    public void Update()
    {
        try
        {
            Read();
        }
        catch (InvalidDataException)
        {
            // Someone replaced a file: all is read anew.
            Clear();
            Read();
        }
    }

    private void Read()
    {
        var marked = false;
        _events.ReadNew(line =>
        {
            if (RunEventLine.TryRead(line) is not { Type: EventTypes.Resumed, Attempt: { } attempt, Step: { } step })
                return;
            _marks.Add(attempt, step);
            ResumeSteps.Add(step);
            marked = true;
        });
        if (marked)
            MarkSuperseded();
        _metrics.ReadNew(line =>
        {
            if (_line.TryRead(line))
                Append();
        });
        SizeBytes = ((long)Steps.Capacity * RowBytes)
            + Columns.Values.Sum(column => (long)column.Rows.Capacity * ValueBytes);
    }

    private void Append()
    {
        if (_marks.Observe(_line.Attempt, _line.Step))
            MarkSuperseded();
        var row = Steps.Count;
        Steps.Add(_line.Step);
        Tokens.Add(_line.Tokens);
        Times.Add(_line.Time.Ticks);
        Attempts.Add(_line.Attempt);
        Superseded.Add(_marks.IsSuperseded(_line.Attempt, _line.Step));
        foreach (var (series, value) in _line.Values)
        {
            if (!Columns.TryGetValue(series, out var column))
                Columns[series] = column = new SeriesColumn();
            column.Rows.Add(row);
            column.Values.Add(value);
        }
    }

    private void MarkSuperseded()
    {
        for (var row = 0; row < Steps.Count; row++)
            Superseded[row] = _marks.IsSuperseded(Attempts[row], Steps[row]);
    }

    private void Clear()
    {
        _events = new LineReader(LiveRun.EventsPath(folder));
        _metrics = new LineReader(LiveRun.MetricsPath(folder));
        _marks = new ResumeMarks();
        Steps.Clear();
        Tokens.Clear();
        Times.Clear();
        Attempts.Clear();
        Superseded.Clear();
        ResumeSteps.Clear();
        Columns.Clear();
    }
}
