using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Preparation;

/// <summary>A preparation that was interrupted, wherever, ends with the files of one that was not.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly List<string> s_texts = MakeTexts();

    private readonly TempFolder _folder = new();

    public static TheoryData<string, TokenOptions> Ways => new()
    {
        { "documents", new TokenOptions { ShardTokens = 50_000, ValidationShare = 0.05, SeparatorId = 1 } },
        { "last document held back", new TokenOptions { ShardTokens = 1 << 20, ValidationShare = 1e-9 } },
        { "tail", new TokenOptions { ShardTokens = 50_000, ValidationShare = 0.2, ValidationFromTail = true } },
        { "numpy", new TokenOptions { ShardTokens = 50_000, ValidationShare = 0.05, ShardKind = ShardKind.Npy } },
        { "raw", new TokenOptions { ValidationShare = 0.05, ShardKind = ShardKind.Raw } },
        {
            "padded examples",
            new TokenOptions
            {
                ShardTokens = 50_000, ValidationShare = 0.05,
                Instructions = new InstructionOptions { PaddedLength = 64 },
            }
        },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task WriteAsync_CancelledAgainAndAgain_EndsAsIfUndisturbed(string way, TokenOptions options)
    {
        Directory.CreateDirectory(_folder["whole"]);
        var expected = await new TokenPreparation(Tokenizers.BytePairs, options)
            .WriteAsync(Sources(null, null), Folder("whole"), TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_folder["parts"]);
        var attempts = 0;
        PreparedContent? content = null;
        for (var stopAt = 100; content is null; stopAt += 400)
        {
            using var stop = new CancellationTokenSource();
            try
            {
                content = await new TokenPreparation(
                    Tokenizers.BytePairs, options)
                    .WriteAsync(Sources(stop, stopAt), Folder("parts"), stop.Token);
            }
            catch (OperationCanceledException)
            {
                attempts++;
                // What a kill leaves behind the last note: part of a shard that the note does not know of.
                foreach (var shard in Directory.GetFiles(_folder["parts"], "train*").Order().TakeLast(1))
                {
                    await using var file = new FileStream(shard, FileMode.Append);
                    file.Write([1, 2, 3]);
                }
            }
        }

        Assert.True(attempts > 2, way);
        Assert.Equal(expected.Files, content.Files);
        Assert.Equal(
            (expected.DocumentCount, expected.TextBytes, expected.TrainTokens, expected.ValidationTokens),
            (content.DocumentCount, content.TextBytes, content.TrainTokens, content.ValidationTokens));
        Assert.Equal(expected.Lengths!.Counts, content.Lengths!.Counts);
    }

    [Fact]
    public async Task WriteAsync_OtherFingerprint_BeginsAnew()
    {
        await InterruptAsync();

        var content = await new TokenPreparation(Tokenizers.BytePairs, new TokenOptions()).WriteAsync(
            Tokenizers.Sources("Something else.", "And more."),
            Folder() with { Fingerprint = "b" },
            TestContext.Current.CancellationToken);

        Assert.Equal(2, content.DocumentCount);
        Assert.Equal(2, Directory.GetFiles(_folder.Path, "*.bin").Length);
    }

    [Fact]
    public async Task WriteAsync_ShardLostSince_BeginsAnew()
    {
        await InterruptAsync();
        foreach (var shard in Directory.GetFiles(_folder.Path, "*.bin"))
            File.Delete(shard);

        var content = await new TokenPreparation(Tokenizers.BytePairs, new TokenOptions { ShardTokens = 50_000 })
            .WriteAsync(Sources(null, null), Folder(), TestContext.Current.CancellationToken);

        Assert.Equal(s_texts.Count, content.DocumentCount);
    }

    private async Task InterruptAsync()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new TokenPreparation(
            Tokenizers.BytePairs, new TokenOptions { ShardTokens = 50_000 })
            .WriteAsync(Sources(stop, 1500), Folder(), stop.Token));
        Assert.True(File.Exists(_folder["progress.json"]));
    }

    // Notes its place at every opportunity.
    private PreparationFolder Folder(string name = ".") =>
        new(_folder[name]) { Fingerprint = "same", CheckpointInterval = TimeSpan.Zero };

    private static TokenSources Sources(CancellationTokenSource? stop, int? stopAt)
    {
        IEnumerable<SourceText> Read()
        {
            for (var i = 0; i < s_texts.Count; i++)
            {
                if (i == stopAt)
                    stop!.Cancel();
                yield return SourceText.Of(new SourceDocument(s_texts[i], PromptLength: s_texts[i].Length / 3));
            }
        }

        return new TokenSources(Read);
    }

    private static List<string> MakeTexts()
    {
        var texts = new StoryCorpus(4).Stories(700_000).Select(story => story.Text).ToList();
        // One that comes in several parts.
        texts.Insert(20, string.Join('\n', new StoryCorpus(5).Stories(1_200_000).Select(story => story.Text)));
        return texts;
    }
}
