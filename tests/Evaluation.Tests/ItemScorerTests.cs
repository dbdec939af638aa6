using System.Text.Json;
using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Evaluation.Tests;

public sealed class ItemScorerTests : IDisposable
{
    private readonly TextTokenizer _tokenizer = TinyModels.Bpe();
    private readonly Gpt _model;

    public ItemScorerTests() => _model = TinyModels.Create(_tokenizer);

    public void Dispose() => _model.Dispose();

    private static HellaSwagItem Item(int index, string context, params string[] endings) =>
        new(index, "Rest", context, context, "", endings, 0);

    [Fact]
    public void Score_SharedContext_EqualsEachRowAlone()
    {
        var item = HellaSwagTask.Render(
            Item(0, "The boy runs to the red house.", "He sleeps.",
                "The girl sings a long song to the old tree.", "It", "A"));

        var graded = Score(item).Graded!;

        var encoder = new PromptEncoder(_tokenizer, _model.Config.BlockSize);
        var plain = encoder.Encode(item.Plain!);
        var harness = encoder.Encode(item.Harness!);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Alone(plain[i]), graded.Endings[i].LogProbability!.Value, 1e-4);
            Assert.Equal(Alone(harness[i]), graded.Endings[i].HarnessLogProbability!.Value, 1e-4);
            Assert.Equal(plain[i].Tokens.Length - plain[i].ScoreFrom, graded.Endings[i].TokenCount);
        }
    }

    [Fact]
    public void Score_TruncatedRowsOfUnequalContexts_EqualsEachRowAlone()
    {
        // Cut by different lengths, the rows have no common beginning.
        var context = string.Concat(Enumerable.Repeat("The dog sleeps on the mat. ", 20)).TrimEnd();
        var item = HellaSwagTask.Render(
            Item(0, context, "He", "The girl walks to the old tree, and she sings a song."));

        var graded = Score(item).Graded!;

        Assert.True(graded.Truncated);
        var rows = new PromptEncoder(_tokenizer, _model.Config.BlockSize).Encode(item.Plain!);
        Assert.NotEqual(rows[0].ScoreFrom, rows[1].ScoreFrom);
        for (var i = 0; i < 2; i++)
            Assert.Equal(Alone(rows[i]), graded.Endings[i].LogProbability!.Value, 1e-4);
    }

    [Fact]
    public void Score_HarnessLengths_AreCodePointsAndBytesOfTheCleanedEnding()
    {
        var graded = Score(HellaSwagTask.Render(Item(0, "A", " 𠀀é [x]b ", "c"))).Graded!;

        // "𠀀é b": the bracket and its blank become one space; 𠀀 is two UTF-16 units, one code point, four bytes.
        Assert.Equal(((int?)4, (int?)8), (graded.Endings[0].Characters, graded.Endings[0].Bytes));
    }

    [Fact]
    public void Score_BadItems_AreSkippedWithTheirReasonAndTheOthersGraded()
    {
        var results = new List<ItemResult>();
        HellaSwagItem[] items = [Item(0, "The boy", "[x]", "b"), Item(1, "The boy", "runs.", "sings.")];

        ItemScorer.Score(
            _model, _tokenizer, Entries(items), results.Add, TestContext.Current.CancellationToken);

        Assert.Equal((0, true), (results[0].Skipped!.Index, results[0].Graded is null));
        Assert.Contains("empty once", results[0].Skipped!.Reason, StringComparison.Ordinal);
        Assert.Equal(1, results[1].Graded!.Index);
    }

    [Fact]
    public void Score_Cancelled_EndsBeforeTheNextBlock()
    {
        using var stop = new CancellationTokenSource();
        var done = 0;
        var items = Entries(Enumerable.Range(0, 500).Select(i => Item(i, "The boy", "runs.", "sings.")));

        Assert.Throws<OperationCanceledException>(() => ItemScorer.Score(
            _model,
            _tokenizer,
            items,
            _ =>
            {
                if (++done == 2)
                    stop.Cancel();
            },
            stop.Token));

        // What the block under way had finished is handed over.
        Assert.Equal(64, done);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(101)]
    public void Score_GoingOnAtAnItem_GradesTheRestToTheBitAsThoughNeverInterrupted(int first)
    {
        // Bug guarded: what was left made blocks of its own, other companies with other rounding.
        string[] words = ["The boy", "The girl runs to the old tree", "It", "The dog sleeps on the mat and the house"];
        var items = Enumerable.Range(0, 150)
            .Select(i => Item(
                i, words[i % 3] + words[i % 4], words[i % 4] + " sings.", "runs.", words[i * 7 % 4] + "."))
            .ToList();
        items[110] = Item(110, "The boy", "[x]", "b");
        var (whole, rest) = (new List<string>(), new List<string>());
        var cancel = TestContext.Current.CancellationToken;

        ItemScorer.Score(_model, _tokenizer, Entries(items), result => whole.Add(Text(result)), cancel);
        ItemScorer.Score(_model, _tokenizer, Entries(items), first, result => rest.Add(Text(result)), cancel);

        Assert.Equal(whole[first..], rest);

        static string Text(ItemResult result) => JsonSerializer.Serialize(result);
    }

    [Fact]
    public void Score_TokenizerOfAnotherModel_IsRefused()
    {
        using var small = new Gpt(_model.Config with { VocabSize = 100, VocabMultiple = 1 });

        var error = Assert.Throws<ArgumentException>(() => ItemScorer.Score(
            small, _tokenizer, [], _ => { }, TestContext.Current.CancellationToken));

        Assert.Contains("The tokenizer has 300 tokens, the model 100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_ManyItems_LeavesNoTensorBehind()
    {
        // Two blocks, the same lengths in each.
        var items = Entries(Enumerable.Range(0, 128).Select(i => Item(i, "The boy runs", "to the tree.", "home.")));
        var counts = new List<long>();

        ItemScorer.Score(
            _model,
            _tokenizer,
            items,
            _ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount),
            TestContext.Current.CancellationToken);

        Assert.All(counts, count => Assert.Equal(counts[0], count));
    }

    private static IEnumerable<TaskEntry> Entries(IEnumerable<HellaSwagItem> items) =>
        items.Select(item => new TaskEntry(item.Index, HellaSwagTask.Render(item), null));

    private ItemResult Score(EvaluationItem item)
    {
        var results = new List<ItemResult>();
        ItemScorer.Score(
            _model,
            _tokenizer,
            [new TaskEntry(item.Index, item, null)],
            results.Add,
            TestContext.Current.CancellationToken);
        return Assert.Single(results);
    }

    // The plain way: the whole row through the model, no cache, no sharing.
    private double Alone(EncodedContinuation row)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = tensor(row.Tokens[..^1].Select(id => (long)id).ToArray()).view(1, -1);
        var logProbabilities = _model.Logits(_model.Forward(ids)).log_softmax(-1);
        var sum = 0.0;
        for (var at = row.ScoreFrom; at < row.Tokens.Length; at++)
            sum += logProbabilities[0, at - 1, row.Tokens[at]].item<float>();
        return sum;
    }
}
