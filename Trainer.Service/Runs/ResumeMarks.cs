namespace Platform.TrainerHost.Runs;

/// <summary>
/// Which points were superseded: those of earlier attempts beyond the step from which a later attempt went on.
/// </summary>
internal sealed class ResumeMarks
{
    private readonly List<(int Attempt, long Step)> _marks = [];

    /// <summary>Notes that an attempt went on from a step.</summary>
    public void Add(int attempt, long step)
    {
        _marks.RemoveAll(mark => mark.Attempt == attempt);
        _marks.Add((attempt, step));
    }

    /// <summary>
    /// Notes a point. A second or later attempt that never said from where it went on began anew
    /// before its first point.
    /// </summary>
    /// <returns>Whether that made a mark.</returns>
    public bool Observe(int attempt, long step)
    {
        if (attempt <= 1 || HasMark(attempt))
            return false;
        Add(attempt, step - 1);
        return true;
    }

    /// <summary>Whether a point is superseded as far as is known.</summary>
    public bool IsSuperseded(int attempt, long step)
    {
        foreach (var mark in _marks)
        {
            if (mark.Attempt > attempt && step > mark.Step)
                return true;
        }

        return false;
    }

    /// <summary>The step from which an attempt went on; 0 where it began with the run.</summary>
    public long BeganAt(int attempt)
    {
        var (latest, began) = (0, 0L);
        foreach (var mark in _marks)
        {
            if (mark.Attempt <= attempt && mark.Attempt >= latest)
                (latest, began) = mark;
        }

        return began;
    }

    private bool HasMark(int attempt)
    {
        foreach (var mark in _marks)
        {
            if (mark.Attempt == attempt)
                return true;
        }

        return false;
    }
}
