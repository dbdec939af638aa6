using Platform.Datasets.Batches;
using Platform.Datasets.Tests.Shards;

namespace Platform.Datasets.Tests.Batches;

public sealed class SequentialBatchLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Next_OneRank_ReadsAsBuildNanogptDoes()
    {
        using var shards = ShardSamples.Counting(_folder, 10, 7);
        var loader = new SequentialBatchLoader(shards, new BatchShape(1, 3));

        // Positions 0 and 3 and 6 fit into the first shard (6 + 3 + 1 = 10), then 0 and 3 of the second, then round.
        Assert.Equal([0, 3, 6, 10, 13, 0], Starts(loader, 6));
    }

    [Theory]
    [InlineData(1, 1, 5)]
    [InlineData(2, 3, 4)]
    [InlineData(3, 2, 8)]
    [InlineData(4, 4, 2)]
    public void Next_OnePass_GivesEveryTokenOnceAndNoTokenToTwoRanks(int world, int rows, int columns)
    {
        int[] lengths = [331, 97, 200];
        using var shards = ShardSamples.Counting(_folder, lengths);
        var perStep = rows * columns * world;
        var steps = lengths.Sum(length => (length - 1) / perStep);
        var seen = new List<int>();
        for (var rank = 0; rank < world; rank++)
        {
            var loader = new SequentialBatchLoader(shards, new BatchShape(rows, columns, rank, world));
            for (var step = 0; step < steps; step++)
            {
                var (inputs, targets) = Batch(loader);
                Assert.Equal(inputs.Select(token => token + 1), targets);
                seen.AddRange(inputs);
            }

            Assert.Equal((0, 0L), (loader.Position.Shard, loader.Position.Offset));
        }

        var expected = new List<int>();
        var start = 0;
        foreach (var length in lengths)
        {
            expected.AddRange(Enumerable.Range(start, (length - 1) / perStep * perStep));
            start += length;
        }

        Assert.Equal(expected, seen.Order());
    }

    [Fact]
    public void Next_TwoRanks_ReadWhatOneRankWithTwiceTheRowsReads()
    {
        using var shards = ShardSamples.Counting(_folder, 61, 45);
        var whole = new SequentialBatchLoader(shards, new BatchShape(4, 3));
        SequentialBatchLoader[] halves =
            [new(shards, new BatchShape(2, 3, 0, 2)), new(shards, new BatchShape(2, 3, 1, 2))];

        for (var step = 0; step < 30; step++)
            Assert.Equal(Batch(whole).Inputs, halves.SelectMany(half => Batch(half).Inputs));
    }

    [Fact]
    public void Position_SetToAnEarlierOne_GivesTheSameBatchesAgain()
    {
        using var shards = ShardSamples.Counting(_folder, 50, 40, 30);
        var loader = new SequentialBatchLoader(shards, new BatchShape(2, 3, 1, 2));
        for (var step = 0; step < 5; step++)
            Batch(loader);
        var position = loader.Position;
        var expected = Enumerable.Range(0, 20).Select(_ => Batch(loader).Inputs).ToList();

        var resumed = new SequentialBatchLoader(shards, new BatchShape(2, 3, 1, 2)) { Position = position };

        Assert.Equal(5, position.Batches);
        Assert.Equal(expected, Enumerable.Range(0, 20).Select(_ => Batch(resumed).Inputs));
    }

    [Fact]
    public void Next_ShardShorterThanABatch_IsPassedOver()
    {
        using var shards = ShardSamples.Counting(_folder, 3, 20, 5);
        var loader = new SequentialBatchLoader(shards, new BatchShape(1, 8));

        Assert.Equal([3, 11, 3], Starts(loader, 3));
    }

    [Fact]
    public void Constructor_NoShardHoldsABatch_SaysWhatIsNeeded()
    {
        using var shards = ShardSamples.Counting(_folder, 8, 8);

        var error = Assert.Throws<DatasetTooSmallException>(
            () => new SequentialBatchLoader(shards, new BatchShape(2, 4)));
        Assert.Contains("9 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("it has 16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_LongSpans_GiveTheSameTokens()
    {
        using var shards = ShardSamples.Counting(_folder, 20);
        var loader = new SequentialBatchLoader(shards, new BatchShape(1, 4));
        var (inputs, targets) = (new long[4], new long[4]);

        loader.Next(inputs.AsSpan(), targets.AsSpan());

        Assert.Equal([0, 1, 2, 3], inputs);
        Assert.Equal([1, 2, 3, 4], targets);
    }

    public void Dispose() => _folder.Dispose();

    internal static (int[] Inputs, int[] Targets) Batch(IBatchLoader loader)
    {
        var (inputs, targets) = (new int[loader.Shape.Tokens], new int[loader.Shape.Tokens]);
        loader.Next(inputs.AsSpan(), targets.AsSpan());
        return (inputs, targets);
    }

    private static int[] Starts(IBatchLoader loader, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Batch(loader).Inputs[0])];
}
