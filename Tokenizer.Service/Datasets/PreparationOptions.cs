namespace Platform.TokenizerHost.Datasets;

/// <summary>How data sets are prepared.</summary>
internal sealed class PreparationOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Preparation";

    /// <summary>
    /// How often it is noted on disk how far a preparation is: what a kill costs at most. Default 5 s.
    /// </summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(5);
}
