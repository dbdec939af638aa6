using Platform.Datasets.Shards;

namespace Platform.Datasets.Preparation;

/// <summary>How far token shards have come.</summary>
internal sealed record PreparationState : ProgressState
{
    /// <summary>Texts and parts of texts, or tokens of shards made elsewhere, that are in the shards; reading goes on
    /// behind them.</summary>
    public required long Parts { get; init; }

    public required SplitState Split { get; init; }

    public required ShardWriterState Train { get; init; }

    public required ShardWriterState Validation { get; init; }
}
