using System.Numerics;

namespace Platform.Datasets.Batches;

/// <summary>Hands out training batches for ever, each rank its own part.</summary>
public interface IBatchLoader
{
    /// <summary>The size of a batch, and this process's place.</summary>
    BatchShape Shape { get; }

    /// <summary>Where the loader stands; setting it to an earlier value gives the same batches again.</summary>
    BatchPosition Position { get; set; }

    /// <summary>Fills the next batch: targets are the inputs one token later.</summary>
    /// <param name="inputs">B·T token ids, row by row; <c>int</c> or <c>long</c>.</param>
    /// <param name="targets">B·T token ids, row by row; <see cref="Shards.TokenShard.Ignored"/> (−100, of a signed
    /// type) where a prediction does not count in the loss.</param>
    void Next<TToken>(Span<TToken> inputs, Span<TToken> targets)
        where TToken : unmanaged, IBinaryInteger<TToken>;
}
