using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Preparation;

/// <summary>An import of shards that was interrupted goes on behind what it has copied.</summary>
public sealed class ImportResumeTests : IDisposable
{
    private const int SourceTokens = 150_000;

    private static readonly TokenOptions s_options = new()
    {
        SeparatorId = Tokenizers.BytePairs.EndOfText,
        ShardTokens = 40_000,
        ValidationShare = 0.1,
    };

    private readonly TempFolder _folder = new();

    public ImportResumeTests()
    {
        foreach (var name in new[] { "source", "whole", "parts" })
            Directory.CreateDirectory(_folder[name]);
        var tokens = new StoryCorpus(4).Stories(1_500_000)
            .SelectMany(story => Tokenizers.BytePairs.Encode(story.Text).Prepend(s_options.SeparatorId!.Value))
            .Take(3 * SourceTokens).ToArray();
        Assert.Equal(3 * SourceTokens, tokens.Length);
        using var writer = new ShardWriter(_folder["source"], "a", 600, SourceTokens);
        writer.Append(tokens);
        writer.Complete();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_CancelledAgainAndAgain_EndsAsIfUndisturbed()
    {
        var expected = Import("whole", _ => { }, CancellationToken.None);
        var attempts = 0;
        PreparedContent? content = null;
        for (; content is null; attempts++)
        {
            using var stop = new CancellationTokenSource();
            var blocks = 0;
            try
            {
                content = Import("parts", _ => CancelIf(++blocks == 2, stop), stop.Token);
            }
            catch (OperationCanceledException)
            {
                // What a kill leaves behind the last note: part of a shard that the note does not know of.
                using var file = new FileStream(Shards("parts")[^1], FileMode.Append);
                file.Write([1, 2, 3]);
            }
        }

        Assert.True(attempts > 3);
        Assert.Equal(expected.Files, content.Files);
        Assert.Equal(
            (expected.DocumentCount, expected.TextBytes, expected.TrainTokens, expected.ValidationTokens),
            (content.DocumentCount, content.TextBytes, content.TrainTokens, content.ValidationTokens));
        Assert.Equal(expected.Lengths!.Counts, content.Lengths!.Counts);
    }

    [Fact]
    public void Write_GoneOnWith_NeitherReadsNorWritesAgainWhatIsDone()
    {
        var expected = Import("whole", _ => { }, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var before = 0L;
        Assert.Throws<OperationCanceledException>(() => Import(
            "parts",
            read => CancelIf((before = read) > 1.5 * new FileInfo(Sources()[0].Path).Length, stop),
            stop.Token));
        var finished = Shards("parts").SkipLast(1).ToDictionary(path => path, File.GetLastWriteTimeUtc);
        // Read again, its tokens would be refused: no tokenizer here has them.
        File.WriteAllBytes(Sources()[0].Path, [.. File.ReadAllBytes(Sources()[0].Path)[..1024], .. Unknown()]);

        var reported = new List<long>();
        var content = Import("parts", reported.Add, CancellationToken.None);

        Assert.True(finished.Count >= 5);
        Assert.All(finished, shard => Assert.Equal(shard.Value, File.GetLastWriteTimeUtc(shard.Key)));
        Assert.True(reported[0] > before);
        Assert.Equal(expected.Files, content.Files);
    }

    [Fact]
    public void Write_ShardLostSince_BeginsAnew()
    {
        var expected = Import("whole", _ => { }, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var blocks = 0;
        Assert.Throws<OperationCanceledException>(
            () => Import("parts", _ => CancelIf(++blocks == 4, stop), stop.Token));
        File.Delete(Shards("parts")[0]);

        Assert.Equal(expected.Files, Import("parts", _ => { }, CancellationToken.None).Files);
    }

    private static IEnumerable<byte> Unknown() => Enumerable.Repeat((byte)0xFF, 2 * SourceTokens);

    private static void CancelIf(bool condition, CancellationTokenSource stop)
    {
        if (condition)
            stop.Cancel();
    }

    private IReadOnlyList<SourceFile> Sources() => SourceFile.FindShards(_folder["source"]);

    private string[] Shards(string folder) => [.. Directory.GetFiles(_folder[folder], "train*").Order()];

    private PreparedContent Import(string folder, Action<long> report, CancellationToken cancellationToken) =>
        new ShardImport(Tokenizers.BytePairs, s_options, report).Write(
            Sources(), [],
            new PreparationFolder(_folder[folder]) { Fingerprint = "same" },
            cancellationToken);
}
