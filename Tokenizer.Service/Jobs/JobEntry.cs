using System.Threading.Channels;
using Platform.Workspaces.Changes;

namespace Platform.TokenizerHost.Jobs;

/// <summary>A job in memory: its newest snapshot, those who watch it, and the way to end it.</summary>
internal sealed class JobEntry(Job job, ResourceChanges changes)
{
    private readonly Lock _lock = new();
    private readonly List<Channel<Job>> _watchers = [];
    private Job _job = job;

    /// <summary>Ends the work while it runs.</summary>
    public CancellationTokenSource? Cancellation { get; set; }

    public Job Job
    {
        get
        {
            lock (_lock)
                return _job;
        }
    }

    /// <summary>Replaces the snapshot and tells the watchers; the last change of a job that ended closes
    /// them.</summary>
    public Job Update(Func<Job, Job> change)
    {
        lock (_lock)
        {
            _job = change(_job);
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(_job);
            if (_job.HasEnded)
                Close();
            changes.Notify(_job.Id);
            return _job;
        }
    }

    /// <summary>Ends all watching, as after a deletion.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _watchers.ForEach(watcher => watcher.Writer.TryComplete());
            _watchers.Clear();
        }
    }

    /// <summary>The job as it is, then its changes until it ends; a slow reader gets the newest only.</summary>
    public ChannelReader<Job> Watch(out Action stop)
    {
        var channel = Channel.CreateBounded<Job>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_lock)
        {
            channel.Writer.TryWrite(_job);
            if (_job.HasEnded)
                channel.Writer.TryComplete();
            else
                _watchers.Add(channel);
        }

        stop = () =>
        {
            lock (_lock)
                _watchers.Remove(channel);
        };
        return channel.Reader;
    }
}
