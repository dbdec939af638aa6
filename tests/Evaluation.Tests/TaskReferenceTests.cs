using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Evaluation.Tests;

/// <summary>
/// Real items against tests/reference/evaluation_reference.py, which renders, tokenises and scores them anew in Python
/// and PyTorch: the exact texts, the exact token splits, and log-probabilities of a real (tiny) GPT-2.
/// </summary>
public class TaskReferenceTests
{
    private static readonly JsonElement s_reference = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(RepositoryRoot.Path, "tests/reference/evaluation_reference.json"))).RootElement;

    private static string Checkpoint => SharedData.Require("checkpoints/sshleifer-tiny-gpt2");

    private static TextTokenizer Gpt2 => TokenizerFiles.Load(SharedData.Require("gpt2-bpe"));

    [Theory]
    [InlineData("hellaswag", "hellaswag/hellaswag_val_orig_700.jsonl")]
    [InlineData("piqa", "multiple-choice/piqa.jsonl")]
    [InlineData("arc_easy", "multiple-choice/arc_easy.jsonl")]
    [InlineData("openbookqa", "multiple-choice/openbook_qa.jsonl")]
    [InlineData("lambada_openai", "lambada/lambada_openai_first1500.jsonl")]
    public void Read_RealItems_HaveThePythonReferencesTextsAndTokens(string task, string path)
    {
        var expected = s_reference.GetProperty("tasks").GetProperty(task);
        var tokenizer = Gpt2;
        var encoder = new PromptEncoder(tokenizer, 1024);

        var items = Read(task, SharedData.Require(path), tokenizer);

        Assert.Equal(expected.GetProperty("items").GetInt32(), items.Count);
        var prompts = items.Select(item => (TextPrompt)item.Harness!).ToList();
        Assert.Equal(
            expected.GetProperty("texts_sha256").GetString(),
            Sum(prompts.SelectMany(p => p.Rows.Select(row => row.Continuation).Prepend(p.Rows[0].Context))));
        Assert.Equal(
            expected.GetProperty("tokens_sha256").GetString(), Sum(prompts.SelectMany(encoder.Encode).Select(Split)));
        if (expected.TryGetProperty("plain_tokens_sha256", out var plain))
            Assert.Equal(plain.GetString(), Sum(items.SelectMany(item => encoder.Encode(item.Plain!)).Select(Split)));
    }

    [Theory]
    [InlineData("hellaswag", "hellaswag/hellaswag_val_orig_700.jsonl")]
    [InlineData("piqa", "multiple-choice/piqa.jsonl")]
    [InlineData("arc_easy", "multiple-choice/arc_easy.jsonl")]
    [InlineData("openbookqa", "multiple-choice/openbook_qa.jsonl")]
    [InlineData("lambada_openai", "lambada/lambada_openai_first1500.jsonl")]
    public void Score_RealItems_EqualsThePyTorchReference(string task, string path)
    {
        var expected = s_reference.GetProperty("tasks").GetProperty(task);
        var harness = Rows(expected.GetProperty("log_probabilities"));
        using var model = ModelFolder.Load(Checkpoint);
        var graded = new List<GradedItem>();

        ItemScorer.Score(
            model,
            Gpt2,
            EvaluationTasks.Get(task).Read(SharedData.Require(path), new TaskReading(Gpt2, 1024)).Take(harness.Count),
            result => graded.Add(result.Graded!),
            TestContext.Current.CancellationToken);

        AssertClose(harness, graded, ending => ending.HarnessLogProbability);
        if (expected.TryGetProperty("plain_log_probabilities", out var plain))
            AssertClose(Rows(plain), graded, ending => ending.LogProbability);
        if (expected.TryGetProperty("greedy", out var greedy))
        {
            Assert.Equal(
                greedy.EnumerateArray().Select(value => (bool?)value.GetBoolean()),
                graded.Select(item => item.Endings[0].Greedy));
        }
    }

    [Fact]
    public void Apply_RealItems_DrawsThePythonSamplersExamples()
    {
        var task = EvaluationTasks.Get("arc_easy");
        var entries = task.Read(
            SharedData.Require("multiple-choice/arc_easy.jsonl"), new TaskReading(TinyModels.Bpe(), 64)).ToList();
        var pool = entries.Select(entry => entry.Item!).ToList();

        var shot = new ExampleSampler(task, pool, poolIsInput: true, 3, ExampleSampler.DefaultSeed).Apply(entries);

        Assert.Equal(
            s_reference.GetProperty("arc_easy_3_shot_sha256").GetString(),
            Sum(shot.Select(entry => ((TextPrompt)entry.Item!.Harness!).Rows[0].Context)));
    }

    [Fact]
    public void Sample_Seeds_DrawAsPythonDoes()
    {
        foreach (var expected in s_reference.GetProperty("random").EnumerateObject())
        {
            int[] shape = [.. expected.Name.Split(',').Select(int.Parse)];
            foreach (var (i, seed) in ((long[])[1234, (1L << 40) + 7]).Index())
            {
                Assert.Equal(
                    expected.Value[i].EnumerateArray().Select(value => value.GetInt32()),
                    new PythonRandom(seed).Sample(shape[0], shape[1]));
            }
        }
    }

    [Fact]
    public void Score_RealText_HasThePyTorchReferencesPerplexities()
    {
        using var folder = new TempFolder();
        var text = File.ReadAllText(SharedData.Require("wikitext-2/valid.txt"));
        // Python counts code points.
        File.WriteAllText(folder["text.txt"], string.Concat(text.EnumerateRunes().Take(6000)));
        using var model = ModelFolder.Load(Checkpoint);
        foreach (var expected in s_reference.GetProperty("perplexity").EnumerateArray())
        {
            var metrics = new EvaluationMetrics();
            var reading = new TaskReading(Gpt2, expected.GetProperty("window").GetInt32())
            {
                Stride = expected.GetProperty("stride").GetInt32(),
            };

            ItemScorer.Score(
                model,
                Gpt2,
                EvaluationTasks.Get("perplexity").Read(folder["text.txt"], reading),
                result => metrics.Add(result.Graded!),
                TestContext.Current.CancellationToken);

            foreach (var name in (string[])["loss", "word_perplexity", "byte_perplexity", "bits_per_byte"])
            {
                var value = expected.GetProperty(name).GetDouble();
                var figure = metrics.Values().Single(metric => metric.Name == name);
                Assert.Equal(1, figure.Value / value, 1e-4);
                Assert.True(figure.StandardError > 0);
            }
        }
    }

    private static List<EvaluationItem> Read(string task, string path, TextTokenizer tokenizer) =>
        [.. EvaluationTasks.Get(task).Read(path, new TaskReading(tokenizer, 1024)).Select(entry => entry.Item!)];

    private static List<double[]> Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];

    private static void AssertClose(
        List<double[]> expected, List<GradedItem> graded, Func<GradedEnding, double?> score)
    {
        Assert.Equal(expected.Count, graded.Count);
        foreach (var (values, item) in expected.Zip(graded))
        {
            foreach (var (value, ending) in values.Zip(item.Endings))
                Assert.Equal(value, score(ending)!.Value, 1e-3);
        }
    }

    private static string Split(EncodedContinuation row) =>
        string.Join(' ', row.Tokens[..row.ScoreFrom]) + "|" + string.Join(' ', row.Tokens[row.ScoreFrom..]);

    private static string Sum(IEnumerable<string> rows) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows))));
}
