using System.Diagnostics;

namespace Platform.Datasets.Preparation;

/// <summary>Where a preparation writes, and what is to be known to go on with it when it was interrupted.</summary>
/// <param name="Path">An existing folder that holds nothing but what an earlier attempt left.</param>
public sealed record PreparationFolder(string Path)
{
    private readonly Stopwatch _sinceCheckpoint = Stopwatch.StartNew();

    /// <summary>
    /// Changes with whatever the files depend on: settings, tokenizer, sources. Only work with the same one is gone on
    /// with. Empty: never.
    /// </summary>
    public string Fingerprint { get; init; } = string.Empty;

    /// <summary>How often it is noted on disk how far the work is: what a kill costs at most. Default 5 s.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    internal bool GoesOn => Fingerprint.Length > 0;

    /// <summary>Whether how far the work is should be noted now.</summary>
    internal bool IsDue => GoesOn && _sinceCheckpoint.Elapsed >= CheckpointInterval;

    internal void Save(ProgressState state)
    {
        state.Write(this);
        _sinceCheckpoint.Restart();
    }

    internal void Clear()
    {
        foreach (var file in Directory.GetFiles(Path))
            File.Delete(file);
    }
}
