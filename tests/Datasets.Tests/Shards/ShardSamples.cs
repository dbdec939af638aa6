using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Shards;

/// <summary>Shards for tests whose token i is i, so that a token tells where it stood.</summary>
internal static class ShardSamples
{
    public static TokenShardSet Counting(TempFolder folder, params int[] lengths)
    {
        var next = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            using var temporary = new TempFolder();
            using var writer = new ShardWriter(temporary.Path, ShardSplit.Train, 60_000);
            writer.Append([.. Enumerable.Range(next, lengths[i])]);
            next += lengths[i];
            var file = Assert.Single(writer.Complete());
            File.Move(temporary[file.Name], folder[ShardFormat.FileName(ShardSplit.Train, i)]);
        }

        return TokenShardSet.Open(folder.Path, ShardSplit.Train);
    }
}
