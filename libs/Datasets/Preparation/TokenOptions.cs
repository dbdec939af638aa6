using Platform.Datasets.Shards;

namespace Platform.Datasets.Preparation;

/// <summary>How documents become token shards.</summary>
public sealed record TokenOptions
{
    /// <summary>The token before every document; null: documents follow one another without a mark.</summary>
    public int? SeparatorId { get; init; }

    /// <summary>Share for validation, 0 to 0.5; 0 where there is a validation source.</summary>
    public double ValidationShare { get; init; } = 0.01;

    /// <summary>
    /// The last share of the text, cut at a character as nanoGPT does, in place of a share of the documents. Null: so
    /// where there is a single document, of which no share can be drawn.
    /// </summary>
    public bool? ValidationFromTail { get; init; }

    /// <summary>The shards' format.</summary>
    public ShardKind ShardKind { get; init; }

    /// <summary>Tokens in a shard at most.</summary>
    public long ShardTokens { get; init; } = ShardWriter.DefaultShardTokens;

    /// <summary>For texts that are prompts with responses; null: plain texts.</summary>
    public InstructionOptions? Instructions { get; init; }

    /// <summary>For drawing the validation documents.</summary>
    public long Seed { get; init; }

    /// <summary>Threads that encode; at least 1.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
