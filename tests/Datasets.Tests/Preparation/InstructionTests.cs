using Platform.Datasets.Batches;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Tests.Preparation;

/// <summary>Prompts with responses: which targets count.</summary>
public sealed class InstructionTests : IDisposable
{
    private static readonly (string Prompt, string Response)[] s_examples =
        [("Say hello to Tom: ", "Hello, Tom."), ("Count: ", "one two three"), ("Q? ", "A."), ("Why? ", "So.")];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_Packed_MasksPromptsAndCountsResponsesWithTheirEnd()
    {
        await WriteAsync(new InstructionOptions());

        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        var (tokens, counted) = Read(shards);
        Assert.Equal(s_examples.SelectMany(Tokens), tokens);
        Assert.Equal(
            s_examples.SelectMany(example => Tokens(example)
                .Select((_, i) => i >= Tokenizers.BytePairs.Encode(example.Prompt).Length)),
            counted);
    }

    [Fact]
    public async Task WriteAsync_PackedWithoutMask_IsAPlainStream()
    {
        await WriteAsync(new InstructionOptions { MaskPrompt = false });

        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        Assert.False(shards.IsMasked);
        Assert.Equal(s_examples.SelectMany(Tokens), Read(shards).Tokens);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteAsync_Padded_GivesRowsThatAreCutOffOrPadded(bool maskPrompt)
    {
        const int Length = 8;
        var content = await WriteAsync(new InstructionOptions { PaddedLength = Length, MaskPrompt = maskPrompt });

        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        var (tokens, counted) = Read(shards);
        Assert.Equal(s_examples.Length * (Length + 1), tokens.Length);
        Assert.Equal(s_examples.Count(example => Tokens(example).Length > Length + 1), content.TruncatedCount);
        Assert.True(content.TruncatedCount > 0);
        for (var i = 0; i < s_examples.Length; i++)
        {
            var example = Tokens(s_examples[i]);
            var prompt = maskPrompt ? Tokenizers.BytePairs.Encode(s_examples[i].Prompt).Length : 0;
            for (var j = 0; j <= Length; j++)
            {
                var at = (i * (Length + 1)) + j;
                Assert.Equal(j < example.Length ? example[j] : Tokenizers.BytePairs.EndOfText!.Value, tokens[at]);
                Assert.Equal(j >= prompt && j < example.Length, counted[at]);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task RowBatchLoader_InOrder_GivesWholeRowsOnAllRanksAndComesRound(int world)
    {
        const int Length = 8;
        await WriteAsync(new InstructionOptions { PaddedLength = Length });
        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        var expected = new long[s_examples.Length * (Length + 1)];
        shards.CopyTargetsTo(0, expected.AsSpan());
        var rows = new List<long[]>();
        for (var batch = 0; batch < 3; batch++)
        {
            for (var rank = 0; rank < world; rank++)
            {
                var loader = new RowBatchLoader(shards, new BatchShape(2, Length, rank, world))
                {
                    Position = new BatchPosition(batch, 0, 0),
                };
                var (inputs, targets) = (new long[2 * Length], new long[2 * Length]);
                loader.Next(inputs.AsSpan(), targets.AsSpan());
                rows.AddRange(targets.Chunk(Length));
                Assert.DoesNotContain(TokenShard.Ignored, inputs);
            }
        }

        for (var i = 0; i < rows.Count; i++)
        {
            var row = i % s_examples.Length;
            Assert.Equal(expected[((row * (Length + 1)) + 1)..((row + 1) * (Length + 1))], rows[i]);
        }

        Assert.Contains(rows, row => row.Contains(TokenShard.Ignored));
    }

    [Fact]
    public async Task ValidationBatches_OfRows_CountWhatIsNotMasked()
    {
        const int Length = 8;
        await WriteAsync(new InstructionOptions { PaddedLength = Length });
        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        var batches = new ValidationBatches(shards, new BatchShape(3, Length), rowTokens: Length + 1);
        var counted = 0L;
        foreach (var batch in batches.ForRank())
        {
            var (inputs, targets) = (new long[batch.Tokens], new long[batch.Tokens]);
            batches.Read(batch, inputs.AsSpan(), targets.AsSpan());
            Assert.Equal(targets.LongCount(target => target >= 0), batches.CountTargets(batch));
            counted += batches.CountTargets(batch);
        }

        Assert.Equal(2, batches.Count);
        Assert.Equal(counted, batches.PredictionCount);
    }

    [Fact]
    public async Task Loaders_OfPackedShards_GiveIgnoredTargets()
    {
        await WriteAsync(new InstructionOptions());
        using var shards = TokenShardSet.Open(_folder.Path, ShardSplit.Train);
        var (tokens, counted) = Read(shards);
        var loader = new SequentialBatchLoader(shards, new BatchShape(1, tokens.Length - 1));
        var (inputs, targets) = (new int[tokens.Length - 1], new int[tokens.Length - 1]);

        loader.Next(inputs.AsSpan(), targets.AsSpan());

        Assert.Equal(tokens[..^1], inputs);
        Assert.Equal(
            tokens.Skip(1).Zip(counted.Skip(1), (token, counts) => counts ? token : TokenShard.Ignored), targets);
    }

    private static int[] Tokens((string Prompt, string Response) example) =>
        [.. Tokenizers.BytePairs.Encode(example.Prompt + example.Response), Tokenizers.BytePairs.EndOfText!.Value];

    private static (int[] Tokens, bool[] Counted) Read(TokenShardSet shards)
    {
        var (tokens, targets) = (new int[shards.Count], new int[shards.Count]);
        shards.CopyTo(0, tokens.AsSpan());
        shards.CopyTargetsTo(0, targets.AsSpan());
        return (tokens, [.. targets.Select(target => target != TokenShard.Ignored)]);
    }

    private Task<PreparedContent> WriteAsync(InstructionOptions instructions) => new TokenPreparation(
        Tokenizers.BytePairs, new TokenOptions { ValidationShare = 0, Instructions = instructions }).WriteAsync(
            new TokenSources(() => s_examples.Select(example => SourceText.Of(
                new SourceDocument(example.Prompt + example.Response, PromptLength: example.Prompt.Length)))),
            new(_folder.Path),
            TestContext.Current.CancellationToken);
}
