namespace Platform.Datasets.Readers;

/// <summary>Records that were passed over because something is wrong with them: all are counted, the first ones listed.
/// </summary>
public sealed class SkippedRecords
{
    /// <summary>So many are listed at most.</summary>
    public const int MaxListed = 100;

    private readonly List<SkippedRecord> _listed = [];

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>The first ones.</summary>
    public IReadOnlyList<SkippedRecord> Listed => _listed;

    /// <summary>Begins anew, for another pass over the same sources.</summary>
    public void Clear()
    {
        Count = 0;
        _listed.Clear();
    }

    /// <summary>Notes one.</summary>
    public void Add(MalformedInputException problem)
    {
        Count++;
        if (_listed.Count < MaxListed)
            _listed.Add(new SkippedRecord(problem.File, problem.Line, problem.Problem));
    }
}
