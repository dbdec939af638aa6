using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Evals;

namespace Platform.Eval.Service.Tests;

public sealed class EvaluationTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly EvalApp _app;

    public EvaluationTests()
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

    [Fact]
    public async Task CreateEvaluation_Items_GradesThemAsTheScorerDoes()
    {
        var path = EvalApp.WriteItems(_root.Path, "few", 12, """{"ctx": "x", "endings": ["a", "b"], "label": 7}""");

        var created = await _app.CreateAsync(EvalApp.Request("e", "datasets/few"));
        var ended = await _app.WaitForEndAsync(created.Name);

        Assert.Equal((State.Succeeded, "evaluations/e", "runs/a@10"), (ended.State, ended.Name, ended.ResolvedModel));
        Assert.Equal((12, 1), (ended.ExampleCount, ended.SkippedCount));
        Assert.True(ended.CreateTime <= ended.StartTime && ended.StartTime <= ended.EndTime);
        var expected = Score(path);
        var metrics = new EvaluationMetrics();
        foreach (var item in expected)
            metrics.Add(item);
        Assert.Equal(metrics.TruncatedCount, ended.TruncatedCount);
        Assert.Equal(
            metrics.Values(),
            ended.Metrics.Select(m => new MetricValue(m.Name, m.Value, m.StandardError, m.Count)));
        var examples = await _app.ExamplesAsync(created.Name);
        foreach (var (item, example) in expected.Zip(examples))
        {
            Assert.Equal((item.Index, item.Gold, item.ChoiceBy(ChoiceRule.AccNorm)),
                (example.Index, example.Gold, (int?)example.Predicted));
            Assert.Equal(item.IsCorrect("acc_norm"), example.Correct);
            Assert.Equal(item.Endings[2].LogProbability!.Value, example.Endings[2].LogProbability, 1e-4);
            Assert.Equal(item.Endings[3].PerByte()!.Value, example.Endings[3].HarnessLogProbabilityPerByte, 1e-4);
        }

        Assert.Contains("out of range", File.ReadAllText(_root["evals/e/log.txt"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchEvaluations_OneComesEndsAndGoes_ToldAfterTheSnapshot()
    {
        EvalApp.WriteItems(_root.Path, "few", 4);
        using var call = _app.Client.WatchEvaluations(new(), cancellationToken: Token);
        var stream = call.ResponseStream;
        Assert.True(await stream.MoveNext(Token));
        Assert.Empty(stream.Current.Snapshot.Evaluations);

        var created = await _app.CreateAsync(EvalApp.Request("told", "datasets/few"));
        do
            Assert.True(await stream.MoveNext(Token));
        while (stream.Current.Changed?.Name != created.Name || stream.Current.Changed.State is not State.Succeeded);
        await _app.Client.DeleteEvaluationAsync(new() { Name = created.Name }, cancellationToken: Token);
        do
            Assert.True(await stream.MoveNext(Token));
        while (stream.Current.Removed != created.Name);
    }

    [Fact]
    public async Task WatchEvaluation_Running_SendsASnapshotThenChangesUntilTheEnd()
    {
        EvalApp.WriteItems(_root.Path, "many", 300);
        var created = await _app.CreateAsync(EvalApp.Request("e", "datasets/many"));
        var seen = new List<Contracts.Eval.V1.Evaluation>();

        await _app.WaitAsync(created.Name, evaluation =>
        {
            seen.Add(evaluation);
            return evaluation.State == State.Succeeded;
        });

        Assert.Contains(seen[0].State, new[] { State.Queued, State.Running });
        Assert.Equal(seen.Select(e => e.ExampleCount).Order(), seen.Select(e => e.ExampleCount));
        var partial = seen.FirstOrDefault(e => e.ExampleCount > 0 && e.State == State.Running);
        Assert.NotNull(partial);
        Assert.Equal((300, "items"), (partial.Progress.Total, partial.Progress.Unit));
        Assert.All(partial.Metrics, metric => Assert.Equal(partial.ExampleCount, metric.Count));
        Assert.Null(seen[^1].Progress);
    }

    [Fact]
    public async Task CreateEvaluation_AdapterRun_GradesBaseAndAdapter()
    {
        var path = EvalApp.WriteItems(_root.Path, "few", 5);
        using var model = TinyModels.Create(EvalApp.Tokenizer);
        using var adapter = TinyModels.CreateAdapter(model);
        TinyModels.WriteAdapter(
            _root.Path, "tuned", 5, adapter, EvalApp.Tokenizer, _root["runs/a/checkpoints/step-00000010"], "runs/a@10");

        var created = await _app.CreateAsync(EvalApp.Request("e", "path:" + path, "runs/tuned"));
        var ended = await _app.WaitForEndAsync(created.Name);

        Assert.Equal((State.Succeeded, "runs/tuned@5"), (ended.State, ended.ResolvedModel));
        model.Attach(adapter);
        var expected = Score(path, model)[4].Endings[1].LogProbability;
        Assert.Equal(expected!.Value, (await _app.ExamplesAsync(created.Name))[4].Endings[1].LogProbability, 1e-4);
    }

    [Fact]
    public async Task CreateEvaluation_Limit_GradesTheFirst()
    {
        EvalApp.WriteItems(_root.Path, "few", 12);
        var request = EvalApp.Request("", "datasets/few");
        request.Spec.Limit = 3;

        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(request)).Name);

        Assert.Equal(3, ended.ExampleCount);
        Assert.StartsWith("evaluations/", ended.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListExamples_FiltersAndPages_GiveWhatMatches()
    {
        EvalApp.WriteItems(
            _root.Path, "few", 11,
            """{"ctx": "Zebra", "activity_label": "Zoo", "endings": ["aa", "Bär"], "label": 1}""");
        var name = (await _app.CreateAsync(EvalApp.Request("e", "datasets/few"))).Name;
        await _app.WaitForEndAsync(name);

        var all = await _app.ExamplesAsync(name);
        var right = await _app.ExamplesAsync(name, "correct:true");
        var wrong = await _app.ExamplesAsync(name, "correct:false");

        Assert.Equal(12, all.Count);
        Assert.Equal(all.Where(e => e.Correct), right);
        Assert.Equal(all.Where(e => !e.Correct), wrong);
        Assert.Equal(all.Where(e => e.Activity == "High jump"),
            await _app.ExamplesAsync(name, "activity:\"high jump\""));
        Assert.Equal([all[11]], await _app.ExamplesAsync(name, "zebra bär"));
        Assert.Empty(await _app.ExamplesAsync(name, "zebra activity:canoe"));
        var request = new Contracts.Eval.V1.ListExamplesRequest { Evaluation = name, PageSize = 5 };
        var paged = new List<Contracts.Eval.V1.Example>();
        do
        {
            var page = await _app.Client.ListExamplesAsync(request, cancellationToken: Token);
            Assert.Equal(12, page.TotalSize);
            paged.AddRange(page.Examples);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(all, paged);
        request.PageToken = "5-00000000";
        var error = await EvalApp.ThrowsAsync(
            StatusCode.InvalidArgument,
            () => _app.Client.ListExamplesAsync(request, cancellationToken: Token).ResponseAsync);
        Assert.Equal("page_token", Assert.Single(EvalApp.Details<BadRequest>(error).FieldViolations).Field);
    }

    [Fact]
    public async Task CreateEvaluation_NothingToGrade_FailsWithTheReason()
    {
        EvalApp.WriteItems(_root.Path, "bad", 0, """{"ctx": "x"}""", "{");

        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(EvalApp.Request("e", "datasets/bad"))).Name);

        Assert.Equal((State.Failed, "NOTHING_GRADED", 2), (ended.State, ended.Error.Reason, ended.SkippedCount));
    }

    [Fact]
    public async Task CreateEvaluation_DamagedCheckpoint_Fails()
    {
        EvalApp.WriteItems(_root.Path, "few", 2);
        File.WriteAllText(_root["runs/a/checkpoints/step-00000010/model.safetensors"], "no");

        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(EvalApp.Request("e", "datasets/few"))).Name);

        Assert.Equal((State.Failed, "CHECKPOINT_DAMAGED", true),
            (ended.State, ended.Error.Reason, ended.Error.Resumable));
        Assert.Contains("model.safetensors", ended.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateEvaluation_WrongRequests_GetTheirCodes()
    {
        EvalApp.WriteItems(_root.Path, "few", 2);
        Directory.CreateDirectory(_root["datasets/shards"]);
        var request = EvalApp.Request("Not An Id", "");
        request.Spec = new() { Task = "none", Limit = -1, Device = "tpu", Threads = -1 };

        var error = await EvalApp.ThrowsAsync(StatusCode.InvalidArgument, () => _app.CreateAsync(request));

        Assert.Equal(
            ["evaluation_id", "spec.model", "spec.task", "spec.items", "spec.limit", "spec.device", "spec.threads"],
            EvalApp.Details<BadRequest>(error).FieldViolations.Select(violation => violation.Field));
        foreach (var (model, items, code) in new[]
        {
            ("runs/none", "datasets/few", StatusCode.NotFound),
            ("runs/a@11", "datasets/few", StatusCode.NotFound),
            ("runs/a@best", "datasets/few", StatusCode.FailedPrecondition),
            ("gpt2", "datasets/few", StatusCode.InvalidArgument),
            ("runs/a", "datasets/none", StatusCode.NotFound),
            ("runs/a", "datasets/shards", StatusCode.InvalidArgument),
            ("runs/a", "path:/etc/passwd", StatusCode.InvalidArgument),
            ("runs/a", "few", StatusCode.InvalidArgument),
        })
            await EvalApp.ThrowsAsync(code, () => _app.CreateAsync(EvalApp.Request("", items, model)));
        Assert.Empty(Directory.GetFileSystemEntries(_root["evals"]));
    }

    [Fact]
    public async Task CreateEvaluation_SameRequestId_AnswersTheSameEvaluation()
    {
        EvalApp.WriteItems(_root.Path, "few", 2);
        var request = EvalApp.Request("", "datasets/few");
        request.RequestId = "once";

        var first = await _app.CreateAsync(request);
        var second = await _app.CreateAsync(request);

        Assert.Equal(first.Name, second.Name);
        await EvalApp.ThrowsAsync(
            StatusCode.AlreadyExists,
            () => _app.CreateAsync(EvalApp.Request(first.Name["evaluations/".Length..], "datasets/few")));
        await _app.WaitForEndAsync(first.Name);
    }

    [Fact]
    public async Task ListAndDelete_Evaluations_NewestFirstAndGone()
    {
        EvalApp.WriteItems(_root.Path, "few", 2);
        foreach (var id in (string[])["one", "two", "three"])
            await _app.WaitForEndAsync((await _app.CreateAsync(EvalApp.Request(id, "datasets/few"))).Name);

        var page = await _app.Client.ListEvaluationsAsync(new() { PageSize = 2 }, cancellationToken: Token);
        var rest = await _app.Client.ListEvaluationsAsync(
            new() { PageSize = 2, PageToken = page.NextPageToken }, cancellationToken: Token);
        await _app.Client.DeleteEvaluationAsync(new() { Name = "evaluations/two" }, cancellationToken: Token);

        Assert.Equal(["evaluations/three", "evaluations/two"], page.Evaluations.Select(e => e.Name));
        Assert.Equal(["evaluations/one"], rest.Evaluations.Select(e => e.Name));
        Assert.Equal("", rest.NextPageToken);
        await EvalApp.ThrowsAsync(StatusCode.NotFound, () => _app.GetAsync("evaluations/two"));
        await EvalApp.ThrowsAsync(StatusCode.InvalidArgument, () => _app.GetAsync("two"));
        Assert.False(Directory.Exists(_root["evals/two"]));
    }

    private static List<GradedItem> Score(string path)
    {
        using var model = TinyModels.Create(EvalApp.Tokenizer);
        return Score(path, model);
    }

    private static List<GradedItem> Score(string path, Modeling.Gpt model)
    {
        var graded = new List<GradedItem>();
        var items = HellaSwagFile.Read(path).Where(entry => entry.Item is not null);
        ItemScorer.Score(
            model,
            EvalApp.Tokenizer,
            items.Select(entry => new TaskEntry(entry.Index, HellaSwagTask.Render(entry.Item!), null)),
            result => graded.Add(result.Graded!),
            Token);
        return graded;
    }
}
