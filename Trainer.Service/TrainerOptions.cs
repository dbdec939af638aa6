using System.ComponentModel.DataAnnotations;

namespace Platform.TrainerHost;

/// <summary>Settings of Trainer.Service: section <c>Trainer</c>.</summary>
public sealed class TrainerOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Trainer";

    /// <summary>
    /// Runs that train at once, 1 to 64; with <see cref="Devices"/>: on each. Default 1: two at once on one processor
    /// gain nothing. A pack of trials counts as one.
    /// </summary>
    [Range(1, 64)]
    public int MaxConcurrentRuns { get; set; } = 1;

    /// <summary>
    /// Devices that runs are spread over, such as <c>cuda:0</c>, <c>cuda:1</c>: a run that says <c>auto</c> takes one
    /// that is free, another waits for the one it names. Default: none, one run after the other wherever it says.
    /// </summary>
    public IList<string> Devices { get; } = [];

    /// <summary>Runs that may wait, 1 to 1,000,000. Default 20,000; one more is RESOURCE_EXHAUSTED.</summary>
    [Range(1, 1_000_000)]
    public int MaxQueuedRuns { get; set; } = 20_000;

    /// <summary>
    /// Words put before a worker's command, such as <c>numactl</c>, <c>--cpunodebind=0</c>. Default: none. The program
    /// must pass signals on or become the worker (exec).
    /// </summary>
    public IList<string> WorkerPrefix { get; } = [];

    /// <summary>
    /// Memory that a run may take, in bytes, 0 to 1 PiB; one that would take more is refused unless forced. Default 0:
    /// what the machine has.
    /// </summary>
    [Range(0L, 1L << 50)]
    public long MemoryBytes { get; set; }

    /// <summary>
    /// A file of machines, as mpiexec reads it, that a run's ranks are started on; they see the data root under the
    /// same path. Default: none, all ranks on this machine.
    /// </summary>
    public string HostFile { get; set; } = "";

    /// <summary>
    /// Seconds, 0 to 600, that an orderly stop waits for workers to write their checkpoints. Default 25. A worker that
    /// takes longer goes on writing and is found at the next start.
    /// </summary>
    [Range(0, 600)]
    public int StopSeconds { get; set; } = 25;

    /// <summary>Memory for curves of runs looked at lately, in bytes, 1 MiB to 64 GiB. Default 256 MiB.</summary>
    [Range(1L << 20, 1L << 36)]
    public long MetricsCacheBytes { get; set; } = 256L << 20;
}
