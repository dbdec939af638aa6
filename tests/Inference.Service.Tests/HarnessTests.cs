using System.Net.Http.Json;
using System.Text.Json;
using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Inference.Service.Tests;

/// <summary>lm-evaluation-harness's local-completions model, played against /v1/completions.</summary>
public class HarnessTests
{
    private const int Items = 10;
    private const int MaxLength = 1023; // the context less the one token that the harness has generated

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Real items, a real checkpoint, the harness's own requests and its reading of the answers.</summary>
    [Fact]
    public async Task Completions_HarnessGradesTenItems_GetsOurScorersLogProbabilities()
    {
        var path = SharedData.Require("hellaswag/hellaswag_val_orig_700.jsonl");
        var folder = SharedData.Require("checkpoints/sshleifer-tiny-gpt2");
        using var app = new InferenceApp(("Platform:AllowedPaths:0", folder));
        var tokenizer = TokenizerFiles.Load(folder);
        var entries = EvaluationTasks.Get("hellaswag")
            .Read(path, new TaskReading(tokenizer, 1024))
            .Take(Items)
            .ToList();
        var graded = new List<GradedItem>();
        using (var model = ModelFolder.Load(folder))
            ItemScorer.Score(model, tokenizer, entries, result => graded.Add(result.Graded!), Token);

        foreach (var (entry, item) in entries.Zip(graded))
        {
            var rows = ((TextPrompt)entry.Item!.Harness!).Rows;
            foreach (var (row, ending) in rows.Zip(item.Endings))
            {
                var (sum, _) = await LogLikelihoodAsync(
                    app.Http, "path:" + folder, tokenizer, row.Context, row.Continuation);
                Assert.Equal(ending.HarnessLogProbability!.Value, sum, 1e-3);
            }
        }

        Assert.Equal(Items, graded.Count);
    }

    /// <summary>Whether each token was the model's first choice, which LAMBADA's accuracy is made of.</summary>
    [Fact]
    public async Task Completions_HarnessAsksForGreedy_GetsOurScorersAnswer()
    {
        using var app = new InferenceApp();
        app.AddModel("a", blockSize: 128);
        var entries = ((string[])["The boy runs to the", "The girl walks to the old", "A dog sleeps on"])
            .SelectMany((context, i) => ((string[])[" red", " mat", " house"]).Select((word, k) => new EvaluationItem(
                (i * 3) + k, "", context, [word], 0)
            {
                Harness = TextPrompt.Of(context, [word], ContinuationEncoding.Together),
                AsksGreedy = true,
            }))
            .ToList();
        var graded = new List<GradedItem>();
        using (var model = TinyModels.Create(app.Tokenizer, blockSize: 128))
        {
            ItemScorer.Score(
                model, app.Tokenizer, entries.Select(item => new TaskEntry(item.Index, item, null)),
                result => graded.Add(result.Graded!), Token);
        }

        foreach (var (item, scored) in entries.Zip(graded))
        {
            var (sum, greedy) = await LogLikelihoodAsync(
                app.Http, "runs/a", app.Tokenizer, item.Context, item.Endings[0], maxLength: 127);
            var ending = scored.Endings[0];
            Assert.Equal(
                (ending.Greedy, true), (greedy, Math.Abs(ending.HarnessLogProbability!.Value - sum) < 1e-3));
        }
    }

    // lm_eval 0.4: api/model.py's _encode_pair, models/api_models.py and openai_completions.py's parse_logprobs.
    private static async Task<(double Sum, bool Greedy)> LogLikelihoodAsync(
        HttpClient http,
        string model,
        TextTokenizer tokenizer,
        string context,
        string continuation,
        int maxLength = MaxLength)
    {
        var stripped = context.TrimEnd();
        var whole = tokenizer.Encode(context + continuation);
        var contextIds = tokenizer.Encode(stripped);
        int[] input = [.. contextIds, .. whole[contextIds.Length..]];
        var contextLength = contextIds.Length - Math.Max(0, input.Length - maxLength);
        input = input[Math.Max(0, input.Length - maxLength)..];
        using var response = await http.PostAsJsonAsync(
            "v1/completions",
            new
            {
                model,
                prompt = new[] { input },
                temperature = 0,
                max_tokens = 1,
                logprobs = 1,
                seed = 1234,
                echo = true,
            },
            Token);
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, body);
        using var answer = JsonDocument.Parse(body);
        var logprobs = answer.RootElement.GetProperty("choices")[0].GetProperty("logprobs");
        var tokens = logprobs.GetProperty("token_logprobs").EnumerateArray().ToArray()[contextLength..^1];
        var tops = logprobs.GetProperty("top_logprobs").EnumerateArray().ToArray()[contextLength..^1];
        Assert.Equal(input.Length - contextLength, tokens.Length);
        return (
            tokens.Sum(token => token.GetDouble()),
            tokens.Zip(tops).All(pair =>
                pair.Second.EnumerateObject().Max(top => top.Value.GetDouble()) == pair.First.GetDouble()));
    }
}
