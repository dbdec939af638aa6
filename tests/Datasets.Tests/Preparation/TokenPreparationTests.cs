using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Preparation;

public sealed class TokenPreparationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task WriteAsync_Documents_PutsTheSeparatorBeforeEachInOrder()
    {
        string[] texts = ["One story.", "Another story.", "The last one."];
        var separator = Tokenizers.BytePairs.EndOfText;

        var content = await WriteAsync(texts, new TokenOptions { SeparatorId = separator, ValidationShare = 0 });

        Assert.Equal(texts.SelectMany(text => Tokenizers.BytePairs.Encode(text).Prepend(separator!.Value)), Train());
        Assert.Equal(3, content.DocumentCount);
        Assert.Equal(texts.Sum(text => text.Length), content.TextBytes);
        Assert.Equal(Train().Length, content.TrainTokens);
        Assert.Equal(0, content.ValidationTokens);
    }

    [Fact]
    public async Task WriteAsync_SeparatorInTheText_StaysText()
    {
        await WriteAsync(["a <|endoftext|> b"], new TokenOptions { ValidationShare = 0 });

        Assert.DoesNotContain(Tokenizers.BytePairs.EndOfText!.Value, Train());
        Assert.Equal("a <|endoftext|> b", Tokenizers.BytePairs.Decode(Train()));
    }

    [Fact]
    public async Task WriteAsync_AnyNumberOfThreads_GivesTheSameShards()
    {
        var texts = new StoryCorpus(4).Stories(2_000_000).Select(story => story.Text).ToList();
        texts.Insert(5, string.Join('\n', new StoryCorpus(5).Stories(2_000_000).Select(story => story.Text)));
        var contents = new List<PreparedContent>();
        foreach (var threads in new[] { 1, 2, 7 })
        {
            using var folder = new TempFolder();
            contents.Add(await new TokenPreparation(
                Tokenizers.BytePairs,
                new TokenOptions { Threads = threads, ShardTokens = 300_000, ValidationShare = 0.05, Seed = 9 })
                .WriteAsync(Tokenizers.Sources(texts), new(folder.Path), Token));
        }

        Assert.All(contents, content => Assert.Equal(contents[0].Files, content.Files));
        Assert.True(contents[0].Files.Count > 3);
    }

    [Fact]
    public async Task WriteAsync_LongText_IsEncodedAsInOnePiece()
    {
        var text = string.Join("\r\n\n", new StoryCorpus(5).Stories(3_000_000).Select((story, i) =>
            i % 3 == 0 ? story.Text.Replace(". ", ".\n", StringComparison.Ordinal) : story.Text + "\n \n x \n" + i));

        await WriteAsync([text], new TokenOptions { ValidationShare = 0 });

        Assert.Equal(Tokenizers.BytePairs.Encode(text), Train());
    }

    [Fact]
    public async Task WriteAsync_ShareOfDocuments_IsDrawnBySeed()
    {
        var texts = new StoryCorpus(4).Stories(300_000).Select(story => story.Text).ToList();
        var separator = Tokenizers.BytePairs.EndOfText;
        var options = new TokenOptions { SeparatorId = separator, ValidationShare = 0.1, Seed = 1 };

        var content = await WriteAsync(texts, options);

        var share = (double)content.ValidationTokens / (content.TrainTokens + content.ValidationTokens);
        Assert.InRange(share, 0.07, 0.13);
        var validation = Documents(Validation());
        Assert.Equal(texts.Where(validation.Contains), validation);
        Assert.Equal(texts.Order(), Documents(Train()).Concat(validation).Order());
        using var other = new TempFolder();
        var again = await new TokenPreparation(Tokenizers.BytePairs, options with { Seed = 2 })
            .WriteAsync(Tokenizers.Sources(texts), new(other.Path), Token);
        Assert.NotEqual(content.Files[0].Sha256, again.Files[0].Sha256);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task WriteAsync_FewDocuments_LeaveOneForValidation(int count)
    {
        var texts = new StoryCorpus(4).Stories(30_000).Select(story => story.Text).Take(count).ToList();

        var content = await WriteAsync(
            texts, new TokenOptions { SeparatorId = Tokenizers.BytePairs.EndOfText, ValidationShare = 0.001 });

        Assert.Equal(texts[..^1], Documents(Train()));
        Assert.Equal(texts[^1..], Documents(Validation()));
        Assert.Equal(count, content.DocumentCount);
    }

    [Fact]
    public async Task WriteAsync_OneDocumentWithAShareOfDocuments_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<EmptyDatasetException>(
            () => WriteAsync(["alone"], new TokenOptions { ValidationFromTail = false }));

        Assert.Contains("TAIL", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_OneDocumentAndNoSplitGiven_CutsItsTail()
    {
        // Guards: a book in one file, prepared with nothing but its name, was refused.
        var text = string.Concat(new StoryCorpus(4).Stories(20_000).Select(story => story.Text));

        var content = await WriteAsync([text], new TokenOptions { ValidationShare = 0.1 });

        Assert.Equal(1, content.DocumentCount);
        Assert.Equal(text, Tokenizers.BytePairs.Decode(Train()) + Tokenizers.BytePairs.Decode(Validation()));
        Assert.InRange(content.ValidationTokens / (double)(content.TrainTokens + content.ValidationTokens), 0.08, 0.12);
    }

    [Fact]
    public async Task WriteAsync_NoText_SaysSo() =>
        await Assert.ThrowsAsync<EmptyDatasetException>(() => WriteAsync([], new TokenOptions { ValidationShare = 0 }));

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.0001)]
    public async Task WriteAsync_Tail_CutsAtNanogptsCharacter(double share)
    {
        // int(n * (1 - share)) of the characters train; the documents lie on end.
        string[] texts = [.. new StoryCorpus(4).Stories(20_000).Select(story => story.Text + "\n")];
        var all = string.Concat(texts);
        var cut = (int)(all.Length * (1 - share));

        var content = await new TokenPreparation(
            Tokenizers.Characters, new TokenOptions { ValidationShare = share, ValidationFromTail = true })
            .WriteAsync(Tokenizers.Sources(texts), new(_folder.Path), Token);

        Assert.Equal(all[..cut], Tokenizers.Characters.Decode(Train()));
        Assert.Equal(all[cut..], Tokenizers.Characters.Decode(Validation()));
        Assert.Equal(texts.Length, content.DocumentCount);
    }

    [Fact]
    public async Task WriteAsync_TailWithLettersOutsideTheBmp_CountsCodePoints()
    {
        var text = string.Concat(Enumerable.Repeat("𝔘a", 50));

        await WriteAsync([text], new TokenOptions { ValidationShare = 0.25, ValidationFromTail = true });

        Assert.Equal(text[..(75 / 2 * 3 + 2)], Tokenizers.BytePairs.Decode(Train()));
    }

    [Fact]
    public async Task WriteAsync_CharacterWithoutToken_SaysWhich()
    {
        var preparation = new TokenPreparation(Tokenizers.Characters, new TokenOptions { ValidationShare = 0 });

        var error = await Assert.ThrowsAsync<MalformedInputException>(
            () => preparation.WriteAsync(Tokenizers.Sources("Ω"), new(_folder.Path), Token));
        Assert.Contains("Ω", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_Cancelled_EndsAtOnce()
    {
        using var cancellation = new CancellationTokenSource();
        IEnumerable<SourceText> Endless()
        {
            for (var i = 0L; ; i++)
            {
                if (i == 2_000)
                    cancellation.Cancel();
                yield return SourceText.Of(new SourceDocument(new StoryCorpus(1).StoryAt(i).Text));
            }
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new TokenPreparation(Tokenizers.BytePairs, new TokenOptions())
                .WriteAsync(new TokenSources(Endless), new(_folder.Path), cancellation.Token));
    }

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<PreparedContent> WriteAsync(IEnumerable<string> texts, TokenOptions options) =>
        new TokenPreparation(Tokenizers.BytePairs, options)
            .WriteAsync(Tokenizers.Sources(texts), new(_folder.Path), Token);

    private int[] Train() => Read(ShardSplit.Train);

    private int[] Validation() => Read(ShardSplit.Validation);

    private int[] Read(string split)
    {
        using var shards = TokenShardSet.Open(_folder.Path, split);
        var tokens = new int[shards.Count];
        shards.CopyTo(0, tokens.AsSpan());
        return tokens;
    }

    private static List<string> Documents(int[] tokens) => [.. Tokenizers.BytePairs
        .Decode(tokens).Split("<|endoftext|>", StringSplitOptions.RemoveEmptyEntries)];
}
