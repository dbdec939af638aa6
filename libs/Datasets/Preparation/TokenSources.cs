using Platform.Datasets.Readers;

namespace Platform.Datasets.Preparation;

/// <summary>What token shards are made from.</summary>
/// <param name="Read">Reads the texts from the beginning.</param>
public sealed record TokenSources(Func<IEnumerable<SourceText>> Read)
{
    /// <summary>Reads the texts from the beginning as well, where validation comes from their tail and their characters
    /// are counted before; so a caller can tell that pass from the other.</summary>
    public Func<IEnumerable<SourceText>> ReadToCount { get; init; } = Read;

    /// <summary>Reads the texts to validate on, where they have sources of their own.</summary>
    public Func<IEnumerable<SourceText>>? ReadValidation { get; init; }
}
