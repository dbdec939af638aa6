namespace Platform.Datasets.Shards;

/// <summary>
/// llm.c's token files: a header of 256 little-endian int32 (magic, version, token count, zeros), then the tokens.
/// Tokens are uint16 where the vocabulary allows it and uint32 beyond (the magic tells which).
/// </summary>
public static class ShardFormat
{
    /// <summary>Size of the header in bytes.</summary>
    public const int HeaderBytes = 256 * sizeof(int);

    /// <summary>The largest vocabulary whose ids fit into two bytes.</summary>
    public const int LargestNarrowVocabulary = 65_536;

    internal const int NarrowMagic = 20240520;
    internal const int NarrowVersion = 1;
    internal const int WideMagic = 20240801;
    internal const int WideVersion = 7;

    /// <summary>Bytes of one token on disk for a vocabulary of this size: 2 or 4.</summary>
    public static int TokenBytes(int vocabularySize) => vocabularySize <= LargestNarrowVocabulary ? 2 : 4;

    /// <summary>The name of a shard: <c>train_000000.bin</c>; names sort in the order of the shards.</summary>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="index">From 0.</param>
    public static string FileName(string split, int index) => $"{split}_{index:D6}.bin";
}
