namespace Platform.Dashboard.Runs;

/// <summary>
/// The last lines of a run's log. A stream that is opened again repeats lines that are known; they are not doubled.
/// </summary>
/// <param name="capacity">Lines kept at most.</param>
public sealed class LogTail(int capacity)
{
    private readonly List<string> _lines = [];
    private bool _reopened;

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Says that the stream was opened again, so that the next lines may be known ones.</summary>
    public void Reopen() => _reopened = true;

    /// <summary>Takes new lines.</summary>
    /// <param name="lines">The lines, oldest first.</param>
    public void Add(IReadOnlyList<string> lines)
    {
        var known = _reopened ? Overlap(lines) : 0;
        _reopened = false;
        _lines.AddRange(lines.Skip(known));
        if (_lines.Count > capacity)
            _lines.RemoveRange(0, _lines.Count - capacity);
    }

    // The longest beginning of the new lines that the kept lines end with.
    private int Overlap(IReadOnlyList<string> lines)
    {
        for (var length = Math.Min(lines.Count, _lines.Count); length > 0; length--)
        {
            if (_lines.Skip(_lines.Count - length).SequenceEqual(lines.Take(length)))
                return length;
        }

        return 0;
    }
}
