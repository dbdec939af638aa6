using Platform.Datasets.Readers;

namespace Platform.TokenizerHost.Datasets;

/// <summary>What files inputs are to be.</summary>
/// <param name="Fits">Whether a file of a name is one.</param>
/// <param name="Find">The files behind a path.</param>
/// <param name="Wanted">Their endings.</param>
internal sealed record InputKind(
    Predicate<string> Fits, Func<string, IReadOnlyList<SourceFile>> Find, IReadOnlyList<string> Wanted)
{
    /// <summary>Texts.</summary>
    public static readonly InputKind Texts = new(SourceFile.IsReadable, SourceFile.Find, SourceFile.Extensions);

    /// <summary>Token shards that were made elsewhere.</summary>
    public static readonly InputKind Shards =
        new(SourceFile.IsShard, SourceFile.FindShards, SourceFile.ShardExtensions);
}
