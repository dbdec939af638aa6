using Platform.Datasets.Readers;

namespace Platform.Datasets.Preparation;

/// <summary>What token shards are made from.</summary>
/// <param name="Read">Reads the texts from the beginning; called twice where validation comes from the tail.</param>
public sealed record TokenSources(Func<IEnumerable<SourceText>> Read)
{
    /// <summary>Reads the texts to validate on, where they have sources of their own.</summary>
    public Func<IEnumerable<SourceText>>? ReadValidation { get; init; }
}
