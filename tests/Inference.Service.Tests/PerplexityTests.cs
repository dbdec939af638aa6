using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.Evals;

namespace Platform.Inference.Service.Tests;

/// <summary>The quality of a served model in each precision.</summary>
public sealed class PerplexityTests : IDisposable
{
    private const string Text = "The boy runs to the red house. The girl walks to the old tree, and she sings a song.";

    private readonly InferenceApp _app = new();

    public PerplexityTests() => _app.AddModel("a", blockSize: 128);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task MeasurePerplexity_Fp32_IsTheEvaluationsFigure()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["text.txt"], Text);
        using var model = TinyModels.Create(_app.Tokenizer, blockSize: 128);
        var metrics = new EvaluationMetrics();
        ItemScorer.Score(
            model,
            _app.Tokenizer,
            EvaluationTasks.Get("perplexity").Read(folder["text.txt"], new TaskReading(_app.Tokenizer, 128)),
            result => metrics.Add(result.Graded!),
            Token);

        var measured = await MeasureAsync(Text);

        var expected = metrics.Values().ToDictionary(metric => metric.Name, metric => metric.Value);
        Assert.Equal(expected["loss"], measured.Loss, 1e-4);
        Assert.Equal(expected["bits_per_byte"], measured.BitsPerByte, 1e-4);
        Assert.Equal(Math.Exp(measured.Loss), measured.Perplexity, 1e-9);
        Assert.Equal(
            (_app.Tokenizer.Encode(Text).Length, Text.Length, "fp32", "runs/a@10"),
            (measured.TokenCount, measured.ByteCount, measured.Precision, measured.ResolvedName));
    }

    [Fact]
    public async Task MeasurePerplexity_EachPrecisionOnTheFixedText_StaysNearFp32()
    {
        var losses = new Dictionary<string, double>();
        foreach (var precision in (string[])["fp32", "bf16", "int8"])
        {
            await _app.Client.LoadModelAsync(
                new() { Name = "runs/a", Precision = precision }, cancellationToken: Token);
            var measured = await MeasureAsync();
            Assert.Equal(precision, measured.Precision);
            // More than a window, so that windows are put together.
            Assert.True(measured.TokenCount > 1000);
            Assert.InRange(measured.ByteCount, 3000, 4000);
            losses[precision] = measured.Loss;
            await _app.Client.UnloadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);
        }

        Assert.Equal(3, losses.Values.Distinct().Count());
        Assert.Equal(losses["fp32"], losses["bf16"], 0.02 * losses["fp32"]);
        Assert.Equal(losses["fp32"], losses["int8"], 0.02 * losses["fp32"]);
    }

    [Fact]
    public async Task MeasurePerplexity_BadRequests_AreNamed()
    {
        foreach (var (request, field) in new (MeasurePerplexityRequest, string)[]
        {
            (new(), "model"),
            (new() { Model = "runs/a", Text = new string('x', 262_145) }, "text"),
        })
        {
            var error = await InferenceApp.ThrowsAsync(
                StatusCode.InvalidArgument,
                () => _app.Client.MeasurePerplexityAsync(request, cancellationToken: Token).ResponseAsync);
            Assert.Equal(field, Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
        }
    }

    private async Task<MeasurePerplexityResponse> MeasureAsync(string text = "") =>
        await _app.Client.MeasurePerplexityAsync(new() { Model = "runs/a", Text = text }, cancellationToken: Token);
}
