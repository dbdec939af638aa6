using Platform.Datasets.Batches;
using Platform.Datasets.Tests.Shards;

namespace Platform.Datasets.Tests.Batches;

public sealed class RandomBatchLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Next_ManyDraws_ReachEveryStartAndCrossShards()
    {
        using var shards = ShardSamples.Counting(_folder, 10, 6);
        var loader = new RandomBatchLoader(shards, new BatchShape(1, 4), seed: 1);
        var starts = new SortedSet<int>();
        for (var i = 0; i < 400; i++)
        {
            var (inputs, targets) = SequentialBatchLoaderTests.Batch(loader);
            Assert.Equal(Enumerable.Range(inputs[0], 4), inputs);
            Assert.Equal(Enumerable.Range(inputs[0] + 1, 4), targets);
            starts.Add(inputs[0]);
        }

        // nanoGPT's randint(len − T): starts 0 to 11, so that the last target is the last token.
        Assert.Equal(Enumerable.Range(0, 12), starts);
    }

    [Fact]
    public void Position_BatchesAlone_ResumesExactly()
    {
        using var shards = ShardSamples.Counting(_folder, 500);
        var shape = new BatchShape(3, 4, 1, 2);
        var loader = new RandomBatchLoader(shards, shape, seed: 7);
        for (var i = 0; i < 9; i++)
            SequentialBatchLoaderTests.Batch(loader);
        var expected = SequentialBatchLoaderTests.Batch(loader).Inputs;

        var resumed = new RandomBatchLoader(shards, shape, seed: 7) { Position = new BatchPosition(9, 0, 0) };

        Assert.Equal(expected, SequentialBatchLoaderTests.Batch(resumed).Inputs);
    }

    [Fact]
    public void Next_TwoRanks_DrawWhatOneRankWithTwiceTheRowsDraws()
    {
        using var shards = ShardSamples.Counting(_folder, 500);
        var whole = new RandomBatchLoader(shards, new BatchShape(4, 5), seed: 3);
        RandomBatchLoader[] halves =
            [new(shards, new BatchShape(2, 5, 0, 2), 3), new(shards, new BatchShape(2, 5, 1, 2), 3)];

        for (var step = 0; step < 10; step++)
        {
            Assert.Equal(
                SequentialBatchLoaderTests.Batch(whole).Inputs,
                halves.SelectMany(half => SequentialBatchLoaderTests.Batch(half).Inputs));
        }
    }

    [Fact]
    public void Next_AnotherSeed_DrawsOtherBatches()
    {
        using var shards = ShardSamples.Counting(_folder, 5000);
        var shape = new BatchShape(4, 5);

        Assert.NotEqual(
            SequentialBatchLoaderTests.Batch(new RandomBatchLoader(shards, shape, 1)).Inputs,
            SequentialBatchLoaderTests.Batch(new RandomBatchLoader(shards, shape, 2)).Inputs);
    }

    [Fact]
    public void Constructor_SplitShorterThanARow_SaysSo()
    {
        using var shards = ShardSamples.Counting(_folder, 4);

        Assert.Throws<DatasetTooSmallException>(() => new RandomBatchLoader(shards, new BatchShape(1, 4), 0));
        Assert.Equal(0, SequentialBatchLoaderTests.Batch(
            new RandomBatchLoader(shards, new BatchShape(1, 3), 0)).Inputs[0]);
    }

    public void Dispose() => _folder.Dispose();
}
