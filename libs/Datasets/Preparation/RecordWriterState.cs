namespace Platform.Datasets.Preparation;

/// <summary>How far a <see cref="RecordWriter"/> has come.</summary>
internal sealed record RecordWriterState : ProgressState
{
    /// <summary>The files that are whole.</summary>
    public required IReadOnlyList<DatasetFile> Files { get; init; }

    /// <summary>Bytes of the file behind them.</summary>
    public required long OpenBytes { get; init; }

    /// <summary>Records in it.</summary>
    public required long OpenRecords { get; init; }
}
