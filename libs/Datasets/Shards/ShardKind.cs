namespace Platform.Datasets.Shards;

/// <summary>The format of token files.</summary>
public enum ShardKind
{
    /// <summary>llm.c's: a header of 1,024 bytes, then uint16 (or uint32); <c>train_000000.bin</c>.</summary>
    LlmC,

    /// <summary>build-nanogpt's: numpy arrays of uint16 (or uint32); <c>train_000000.npy</c>.</summary>
    Npy,

    /// <summary>nanoGPT's: uint16 without a header, one file a split; <c>train.bin</c>.</summary>
    Raw,
}
