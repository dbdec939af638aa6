using Platform.Datasets.Batches;
using Platform.Datasets.Tests.Shards;

namespace Platform.Datasets.Tests.Batches;

public sealed class ValidationBatchesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(2, 3, 1)]
    [InlineData(2, 3, 2)]
    [InlineData(4, 5, 3)]
    [InlineData(1, 64, 1)]
    [InlineData(64, 1, 2)]
    [InlineData(100, 100, 2)]
    public void ForRank_WholeSplit_PredictsEveryTokenOnce(int rows, int columns, int world)
    {
        foreach (var length in new[] { 2, 3, 31, 32, 64, 65, 127 })
        {
            using var folder = new TempFolder();
            using var shards = ShardSamples.Counting(folder, length, 40);
            var predicted = new List<int>();
            for (var rank = 0; rank < world; rank++)
                predicted.AddRange(Targets(new ValidationBatches(shards, new BatchShape(rows, columns, rank, world))));

            Assert.Equal(Enumerable.Range(1, length + 39), predicted.Order());
            Assert.Equal(
                length + 39, new ValidationBatches(shards, new BatchShape(rows, columns, 0, world)).PredictionCount);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(99)]
    public void ForRank_Limit_CoversTheFirstBatchesOnly(int limit)
    {
        using var shards = ShardSamples.Counting(_folder, 30);
        var batches = new ValidationBatches(shards, new BatchShape(2, 3), limit);

        var predicted = Targets(batches);

        Assert.Equal(batches.PredictionCount, predicted.Count);
        Assert.Equal(Math.Min(limit, 6), batches.Count);
        Assert.Equal(Enumerable.Range(1, predicted.Count), predicted);
        // 29 predictions: four batches of 2 × 3, one of 1 × 3, one of 1 × 2.
        Assert.Equal(limit switch { 1 => 6, 3 => 18, 5 => 27, _ => 29 }, predicted.Count);
    }

    [Fact]
    public void Constructor_OneToken_SaysThatThereIsNothingToPredict()
    {
        using var shards = ShardSamples.Counting(_folder, 1);

        Assert.Throws<DatasetTooSmallException>(() => new ValidationBatches(shards, new BatchShape(1, 1)));
    }

    public void Dispose() => _folder.Dispose();

    private static List<int> Targets(ValidationBatches batches)
    {
        var all = new List<int>();
        foreach (var batch in batches.ForRank())
        {
            var (inputs, targets) = (new int[batch.Tokens], new int[batch.Tokens]);
            batches.Read(batch, inputs.AsSpan(), targets.AsSpan());
            Assert.Equal(inputs.Select(token => token + 1), targets);
            all.AddRange(targets);
        }

        return all;
    }
}
