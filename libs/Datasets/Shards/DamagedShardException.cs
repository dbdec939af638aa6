namespace Platform.Datasets.Shards;

/// <summary>A token file that is not what its header or its data set's manifest says; the message names the
/// file.</summary>
public sealed class DamagedShardException : IOException
{
    /// <summary>Creates the error for one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reason">What is wrong with it, a clause without a full stop.</param>
    public DamagedShardException(string path, string reason)
        : base($"The token shard '{path}' is damaged: {reason}.")
    {
        FilePath = path;
        Reason = reason;
    }

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; }

    /// <summary>The file.</summary>
    public string FilePath { get; }
}
