using System.Text;
using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Evals;

namespace Platform.Eval.Service.Tests;

/// <summary>Tasks beside HellaSwag, results that are there already, comparison and export.</summary>
public sealed class TaskTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly EvalApp _app;

    public TaskTests()
    {
        EvalApp.WriteModel(_root.Path);
        _app = new EvalApp(_root.Path);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _app.Dispose();
        _root.Dispose();
    }

    [Theory]
    [InlineData("piqa", """{"goal": "To run", "sol1": "the boy runs.", "sol2": "the dog sleeps.", "label": 1}""",
        "acc_norm_harness")]
    [InlineData("arc_easy",
        """{"question": "Who runs?", "choices": {"text": ["boy", "tree", "mat"], "label": ["A", "B", "C"]},"""
            + """ "answerKey": "A"}""",
        "acc_norm_harness")]
    [InlineData("arc_challenge", """
        {"question": {"stem": "Who runs?", "choices": [{"text": "boy", "label": "1"}, {"text": "mat", "label": "2"}]},
         "answerKey": "2"}
        """, "acc_norm_harness")]
    [InlineData("openbookqa", """
        {"question_stem": "The dog", "choices": {"text": ["sleeps", "sings"], "label": ["A", "B"]}, "answerKey": "B"}
        """, "acc_norm_harness")]
    [InlineData("winogrande", """
        {"sentence": "The boy met the dog, for _ was old.", "option1": "the boy", "option2": "the dog", "answer": "2"}
        """, "acc_harness")]
    [InlineData(
        "lambada_openai", """{"text": "The girl walks to the old tree, and she sings a song"}""", "acc_harness")]
    [InlineData("perplexity", """{"text": "The boy runs to the red house. The girl walks to the old tree."}""", "loss")]
    public async Task CreateEvaluation_EachTask_GradesItsItemsAndNamesBadOnes(string task, string item, string metric)
    {
        var path = Path.Combine(_root.Path, "items.jsonl");
        File.WriteAllLines(path, [item.ReplaceLineEndings(" "), item.ReplaceLineEndings(" ")]);
        if (task != "perplexity")
            File.AppendAllText(path, "{\"label\": 9}\n");
        var request = EvalApp.Request("", "path:" + path);
        request.Spec.Task = task;

        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(request)).Name);

        Assert.Equal((State.Succeeded, metric), (ended.State, ended.PrimaryMetric));
        Assert.Contains(ended.Metrics, figure => figure.Name == metric && double.IsFinite(figure.Value));
        if (task == "perplexity")
            return;
        Assert.Equal((2, 1), (ended.ExampleCount, ended.SkippedCount));
        Assert.Contains(
            "item 2 (line 3): there is no field", Assert.Single(ended.SkippedReasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateEvaluation_OwnTaskWithExamples_GradesByItsDefinition()
    {
        File.WriteAllLines(_root["items.jsonl"], Enumerable.Range(0, 6).Select(i => JsonSerializer.Serialize(new
        {
            asked = $"Who runs {i}?",
            answers = new[] { "boy", "tree" },
            right = i % 2 == 0 ? "yes" : "no",
        })));
        var request = EvalApp.Request("own", "path:" + _root["items.jsonl"]);
        request.Spec.Task = "";
        request.Spec.Shots = 2;
        request.Spec.TaskYaml = """
            task: mine
            context: "Q: {asked|trim}\nA:"
            choices: "{answers}"
            labels: ["yes", "no"]
            gold: "{right}"
            metric: acc_norm
            """;

        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(request)).Name);

        Assert.Equal((State.Succeeded, 6, "mine"), (ended.State, ended.ExampleCount, ended.Spec.Task));
        Assert.Equal("acc_norm_harness", ended.PrimaryMetric);
        Assert.Equal([0, 1, 0, 1, 0, 1], (await _app.ExamplesAsync(ended.Name)).Select(example => example.Gold));

        request.Spec.TaskYaml = "task: mine\ncontext: x\nchoises: y";
        var error = await EvalApp.ThrowsAsync(StatusCode.InvalidArgument, () => _app.CreateAsync(request));
        var violation = Assert.Single(EvalApp.Details<BadRequest>(error).FieldViolations);
        Assert.Equal("spec.task_yaml", violation.Field);
        Assert.Contains("task_yaml:3: Unknown key 'choises'", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateEvaluation_SameAgain_ComputesNothingAndSaysSo()
    {
        EvalApp.WriteItems(_root.Path, "few", 5);
        var request = EvalApp.Request("", "datasets/few");
        request.Recompute = false;
        var first = await _app.Client.CreateEvaluationAsync(request, cancellationToken: Token);
        Assert.False(first.Cached);
        var ended = await _app.WaitForEndAsync(first.Evaluation.Name);

        var again = await _app.Client.CreateEvaluationAsync(request, cancellationToken: Token);
        request.EvaluationId = "copy";
        var copy = await _app.Client.CreateEvaluationAsync(request, cancellationToken: Token);
        request.EvaluationId = "other";
        request.Spec.Limit = 3;
        var other = await _app.Client.CreateEvaluationAsync(request, cancellationToken: Token);

        Assert.True(again.Cached && copy.Cached && !other.Cached);
        Assert.Equal(ended, again.Evaluation);
        Assert.Equal((State.Succeeded, ended.Name), (copy.Evaluation.State, copy.Evaluation.CachedFrom));
        Assert.Equal(ended.Metrics, copy.Evaluation.Metrics);
        Assert.Equal(await _app.ExamplesAsync(ended.Name), await _app.ExamplesAsync("evaluations/copy"));
        Assert.False(File.Exists(_root["evals/copy/worker.json"]));
        await _app.WaitForEndAsync("evaluations/other");
    }

    [Fact]
    public async Task CompareEvaluations_TwoModels_CountsFlipsBothWays()
    {
        EvalApp.WriteItems(_root.Path, "many", 60);
        EvalApp.WriteModel(_root.Path, "b", seed: 8);
        foreach (var model in (string[])["a", "b"])
        {
            await _app.WaitForEndAsync(
                (await _app.CreateAsync(EvalApp.Request(model, "datasets/many", "runs/" + model))).Name);
        }

        var (a, b) = (await _app.ExamplesAsync("evaluations/a"), await _app.ExamplesAsync("evaluations/b"));
        var compared = await CompareAsync(new() { First = "evaluations/a", Second = "evaluations/b" });

        var gained = a.Zip(b).Where(pair => !pair.First.Correct && pair.Second.Correct).ToList();
        var lost = a.Zip(b).Count(pair => pair.First.Correct && !pair.Second.Correct);
        Assert.Equal((60, 0, gained.Count, lost),
            (compared.Count, compared.UnmatchedCount, compared.GainedCount, compared.LostCount));
        Assert.Equal((gained.Count - lost) / 60.0, compared.Difference, 1e-12);
        Assert.True(compared.IntervalLow <= compared.Difference && compared.Difference <= compared.IntervalHigh);
        Assert.InRange(compared.PValue, 0, 1);
        var listed = await CompareAsync(new()
        {
            First = "evaluations/a",
            Second = "evaluations/b",
            Direction = FlipDirection.Gained,
            PageSize = 1000,
        });
        Assert.Equal(gained.Select(pair => pair.Second), listed.Flips.Select(flip => flip.Second));
        var sorted = await _app.Client.ListExamplesAsync(
            new() { Evaluation = "evaluations/a", OrderBy = "margin desc", Filter = "margin:>0.01" },
            cancellationToken: Token);
        Assert.Equal(
            a.Where(e => e.Margin > 0.01).OrderByDescending(e => e.Margin).Take(50).Select(e => e.Margin),
            sorted.Examples.Select(e => e.Margin));
        await EvalApp.ThrowsAsync(
            StatusCode.InvalidArgument,
            () => CompareAsync(new() { First = "evaluations/a", Second = "evaluations/b", Metric = "loss" }));
    }

    [Fact]
    public async Task ExportEvaluation_BothParts_HaveTheHarnesssForm()
    {
        EvalApp.WriteItems(_root.Path, "few", 7);
        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(EvalApp.Request("e", "datasets/few"))).Name);

        using var results = JsonDocument.Parse(await ExportAsync(ExportPart.Results));
        var samples = (await ExportAsync(ExportPart.Samples)).TrimEnd().Split('\n');

        var task = results.RootElement.GetProperty("results").GetProperty("hellaswag");
        Assert.Equal(
            ended.Metrics.Single(m => m.Name == "acc_norm_harness").Value,
            task.GetProperty("acc_norm,none").GetDouble());
        Assert.Equal(
            ended.Metrics.Single(m => m.Name == "acc_norm").StandardError,
            task.GetProperty("acc_norm_stderr,build-nanogpt").GetDouble());
        Assert.Equal(7, samples.Length);
        using var first = JsonDocument.Parse(samples[0]);
        Assert.Equal(4, first.RootElement.GetProperty("filtered_resps").GetArrayLength());
        Assert.Equal(0, first.RootElement.GetProperty("doc_id").GetInt32());
        // The very requests: context and continuation of each ending in the harness's rendering.
        var item = HellaSwagFile.Read(_root["datasets/few/items.jsonl"]).First().Item!;
        var rows = HellaSwagTask.RenderHarness(item).Rows;
        var arguments = first.RootElement.GetProperty("arguments");
        Assert.StartsWith("High jump: The ", rows[0].Context, StringComparison.Ordinal);
        foreach (var (i, row) in rows.Index())
        {
            var argument = arguments.GetProperty($"gen_args_{i}");
            Assert.Equal(
                (row.Context, row.Continuation),
                (argument.GetProperty("arg_0").GetString(), argument.GetProperty("arg_1").GetString()));
        }

        await EvalApp.ThrowsAsync(StatusCode.InvalidArgument, () => ExportAsync(ExportPart.Unspecified));
    }

    [Fact]
    public async Task ListTasks_Always_HasAllThatAreBuiltIn()
    {
        var tasks = (await _app.Client.ListTasksAsync(new(), cancellationToken: Token)).Tasks;

        Assert.Equal(
            [
                "hellaswag", "arc_challenge", "arc_easy", "lambada_openai", "openbookqa", "piqa", "winogrande",
                "perplexity",
            ],
            tasks.Select(task => task.Name));
    }

    private async Task<CompareEvaluationsResponse> CompareAsync(CompareEvaluationsRequest request) =>
        await _app.Client.CompareEvaluationsAsync(request, cancellationToken: Token);

    private async Task<string> ExportAsync(ExportPart part)
    {
        using var call = _app.Client.ExportEvaluation(
            new() { Name = "evaluations/e", Part = part }, cancellationToken: Token);
        var text = new StringBuilder();
        await foreach (var piece in call.ResponseStream.ReadAllAsync(Token))
            text.Append(piece.Chunk.ToStringUtf8());
        return text.ToString();
    }
}
