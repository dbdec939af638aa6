using Platform.Contracts.Common.V1;
using Platform.Evals;
using Platform.Modeling;

namespace Platform.Eval.Service.Tests;

/// <summary>What a training run says of its items is what the job says of its checkpoint.</summary>
public sealed class TrainingFigureTests : IDisposable
{
    private readonly TempFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Score_InTrainingOnAFixedSubset_IsTheJobsFigureOnThatCheckpoint(int ranks)
    {
        const int Limit = 40;
        EvalApp.WriteModel(_root.Path);
        var path = EvalApp.WriteItems(_root.Path, "many", 60, """{"ctx": "x", "endings": ["a", "b"]}""");
        using var app = new EvalApp(_root.Path);
        var request = EvalApp.Request("job", "datasets/many");
        request.Spec.Limit = Limit;
        var job = await app.WaitForEndAsync((await app.CreateAsync(request)).Name);

        // As a run has it: in training, in bf16, each rank with its part of the items.
        using var model = TinyModels.Create(EvalApp.Tokenizer);
        model.train();
        model.Precision = Precision.Bf16;
        var subset = EvaluationSubset.Load(
            EvaluationTasks.Get("hellaswag"), path, Limit, EvalApp.Tokenizer, model.Config.BlockSize);
        var parts = Enumerable.Range(0, ranks)
            .Select(rank => subset.Score(model, rank, ranks, TestContext.Current.CancellationToken)).ToList();
        var all = new EvaluationMetrics();
        foreach (var part in parts)
            all.Add(part.Sums);

        Assert.Equal(State.Succeeded, job.State);
        Assert.Equal(Limit, all.Count);
        Assert.All(parts, part => Assert.InRange(part.Count, Limit / ranks, (Limit / ranks) + 1));
        foreach (var (figure, told) in all.Values().Zip(job.Metrics))
        {
            Assert.Equal((told.Name, told.Count), (figure.Name, figure.Count));
            Assert.Equal(told.Value, figure.Value, 1e-12);
            Assert.Equal(told.StandardError, figure.StandardError, 1e-9);
        }

        Assert.Equal((true, Precision.Bf16), (model.training, model.Precision));
    }
}
