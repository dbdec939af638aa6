using System.Buffers.Binary;
using System.Security.Cryptography;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Shards;

public sealed class ShardWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Complete_NarrowVocabulary_WritesLlmcsHeaderAndTokens()
    {
        using var writer = new ShardWriter(_folder.Path, ShardSplit.Train, 65_536);
        writer.Append([1, 65_535, 258]);

        var file = Assert.Single(writer.Complete());

        var bytes = File.ReadAllBytes(_folder["train_000000.bin"]);
        Assert.Equal(1024 + 2 * 3, bytes.Length);
        Assert.Equal([20240520, 1, 3, 0], Ints(bytes, 4));
        Assert.Equal([1, 0, 255, 255, 2, 1], bytes[1024..]);
        Assert.Equal(
            new ShardFile("train_000000.bin", 3, 1030, Convert.ToHexStringLower(SHA256.HashData(bytes))), file);
    }

    [Fact]
    public void Complete_WideVocabulary_WritesFourBytesAToken()
    {
        using var writer = new ShardWriter(_folder.Path, ShardSplit.Validation, 65_537);
        writer.Append([65_536]);

        Assert.Equal(1028, Assert.Single(writer.Complete()).SizeBytes);

        var bytes = File.ReadAllBytes(_folder["val_000000.bin"]);
        Assert.Equal([20240801, 7, 1], Ints(bytes, 3));
        Assert.Equal([0, 0, 1, 0], bytes[1024..]);
        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Validation);
        var read = new long[1];
        shards.CopyTo(0, read.AsSpan());
        Assert.Equal(65_536, read[0]);
    }

    [Fact]
    public void Append_PastTheLimit_ContinuesInTheNextShard()
    {
        using var writer = new ShardWriter(_folder.Path, ShardSplit.Train, 100_000, shardTokens: 40_000);
        foreach (var piece in Enumerable.Range(0, 100_000).Chunk(777))
            writer.Append(piece);

        Assert.Equal([40_000, 40_000, 20_000], writer.Complete().Select(file => file.Tokens));

        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        var read = new int[100_000];
        shards.CopyTo(0, read.AsSpan());
        Assert.Equal(Enumerable.Range(0, 100_000), read);
        shards.CopyTo(39_999, read.AsSpan(0, 40_002));
        Assert.Equal(Enumerable.Range(39_999, 40_002), read[..40_002]);
    }

    [Fact]
    public void Complete_ExactlyFullShard_LeavesNoEmptyOne()
    {
        using var writer = new ShardWriter(_folder.Path, ShardSplit.Train, 10, shardTokens: 4);
        writer.Append([1, 2, 3, 4]);

        Assert.Single(writer.Complete());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    public void Append_IdOutsideTheVocabulary_IsRefused(int id)
    {
        using var writer = new ShardWriter(_folder.Path, ShardSplit.Train, 10);

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append([id]));
    }

    [Fact]
    public void Dispose_WithoutComplete_LeavesNoShardThatLooksWhole()
    {
        using (var writer = new ShardWriter(_folder.Path, ShardSplit.Train, 60_000))
            writer.Append([.. Enumerable.Range(0, 50_000)]);

        var path = Assert.Single(Directory.GetFiles(_folder.Path));
        Assert.Throws<DamagedShardException>(() => TokenShard.Open(path));
    }

    public void Dispose() => _folder.Dispose();

    private static int[] Ints(byte[] bytes, int count) =>
        [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i)))];
}
