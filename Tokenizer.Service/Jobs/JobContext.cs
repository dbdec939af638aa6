namespace Platform.TokenizerHost.Jobs;

/// <summary>What a job's work gets: what to make, where to put it, and how to tell how far it has come.</summary>
internal sealed class JobContext(Job job, string folder, TimeProvider time, Action<JobProgress> publish)
{
    /// <summary>Watchers are told of progress at most so often.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private string? _phase;
    private long _phaseStart;
    private long _firstDone;
    private long _published;

    /// <summary>The job as it was when it started.</summary>
    public Job Job { get; } = job;

    /// <summary>
    /// The resource's folder, absolute; empty but for <c>job.json</c>. What was put there is removed when the work
    /// fails or is cancelled.
    /// </summary>
    public string Folder { get; } = folder;

    /// <summary>Tells how far the work has come; cheap enough to call for every document, from any thread.</summary>
    public void Report(long done, long total, string unit, string phase)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (phase != _phase)
            {
                (_phase, _phaseStart, _firstDone, _published) = (phase, now, done, 0);
            }
            else if (time.GetElapsedTime(_published, now) < s_interval)
            {
                return;
            }

            _published = now;
            publish(new JobProgress(done, total, unit, phase, Remaining(done, total, now)));
        }
    }

    private TimeSpan? Remaining(long done, long total, long now) => done > _firstDone && total >= done
        ? time.GetElapsedTime(_phaseStart, now) * ((double)(total - done) / (done - _firstDone))
        : null;
}
