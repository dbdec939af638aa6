using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Shards;

public sealed class TokenShardTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Open_SizeDisagreesWithHeader_NamesTheFile()
    {
        var path = Write(10);
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length - 1);

        var error = Assert.Throws<DamagedShardException>(() => TokenShard.Open(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("10 tokens", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1023)]
    public void Open_ShorterThanItsHeader_IsDamaged(int length)
    {
        var path = _folder["train_000000.bin"];
        File.WriteAllBytes(path, new byte[length]);

        Assert.Throws<DamagedShardException>(() => TokenShard.Open(path));
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(4, 7)]
    [InlineData(11, 0xFF)]
    public void Open_HeaderByteChanged_IsDamaged(int at, byte value)
    {
        var path = Write(10);
        var bytes = File.ReadAllBytes(path);
        bytes[at] = value;
        File.WriteAllBytes(path, bytes);

        Assert.Throws<DamagedShardException>(() => TokenShard.Open(path));
    }

    [Fact]
    public void CopyTo_OutsideTheShard_IsRefused()
    {
        using var shard = TokenShard.Open(Write(10));

        Assert.Throws<ArgumentOutOfRangeException>(() => shard.CopyTo(8, new int[3].AsSpan()));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.CopyTo(-1, new int[1].AsSpan()));
    }

    [Fact]
    public void CopyTo_AfterDispose_IsRefused()
    {
        var shard = TokenShard.Open(Write(10));
        shard.Dispose();
        shard.Dispose();

        Assert.Throws<ObjectDisposedException>(() => shard.CopyTo(0, new int[3].AsSpan()));
    }

    [Fact]
    public void Open_FolderWithoutShards_IsEmpty()
    {
        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);

        Assert.Equal(0, shards.Count);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(int count)
    {
        using var shards = ShardSamples.Counting(_folder, count);
        return Assert.Single(shards.Shards).FilePath;
    }
}
