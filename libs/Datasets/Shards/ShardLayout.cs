namespace Platform.Datasets.Shards;

/// <summary>How a split's shards are laid out.</summary>
/// <param name="VocabularySize">Ids are below it; it decides between two and four bytes a token.</param>
public sealed record ShardLayout(int VocabularySize)
{
    /// <summary>The files' format.</summary>
    public ShardKind Kind { get; init; }

    /// <summary>Tokens in a shard at most, 1 to 2,147,483,647; RAW has one file whatever is said here.</summary>
    public long ShardTokens { get; init; } = ShardWriter.DefaultShardTokens;

    /// <summary>Whether a loss mask stands beside each shard.</summary>
    public bool Masked { get; init; }

    internal int TokenBytes => ShardFormat.TokenBytes(VocabularySize);

    internal long Limit => Kind == ShardKind.Raw ? long.MaxValue : ShardTokens;

    internal ShardLayout Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(VocabularySize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ShardTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ShardTokens, int.MaxValue);
        return Kind == ShardKind.Raw && TokenBytes != 2
            ? throw new ArgumentException($"nanoGPT's format has 16 bits a token, too few for {VocabularySize} ids.")
            : this;
    }
}
