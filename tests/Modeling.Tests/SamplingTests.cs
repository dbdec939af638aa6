using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class SamplingTests
{
    private static readonly float[] Logits = [1f, 3f, 2f, 0f, 3f];

    [Fact]
    public void Next_TemperatureZero_TakesTheMostLikely() =>
        Assert.Equal(1, Sampler.Next(Logits, new SamplingOptions { Temperature = 0 }, 9));

    [Fact]
    public void Next_SeedAndPosition_DecideAlone()
    {
        var options = new SamplingOptions { Seed = 42 };
        var forward = Enumerable.Range(0, 50).Select(i => Sampler.Next(Logits, options, i)).ToList();
        var backward = Enumerable.Range(0, 50).Reverse().Select(i => Sampler.Next(Logits, options, i)).Reverse();
        Assert.Equal(forward, backward);
        var other = Enumerable.Range(0, 50).Select(i => Sampler.Next(Logits, options with { Seed = 43 }, i));
        Assert.NotEqual(forward, other);
    }

    [Fact]
    public void Next_ManyDraws_FollowTheSoftmax()
    {
        var counts = Count(new SamplingOptions());
        var weights = Logits.Select(logit => Math.Exp(logit)).ToList();
        for (var id = 0; id < counts.Length; id++)
            Assert.Equal(weights[id] / weights.Sum(), counts[id], 0.01);
    }

    [Fact]
    public void Next_LowTemperature_Sharpens() =>
        Assert.True(Count(new SamplingOptions { Temperature = 0.2 })[2] < 0.01);

    [Fact]
    public void Next_TopK_LeavesTheMostLikely()
    {
        var counts = Count(new SamplingOptions { TopK = 2 });
        Assert.Equal([0, 0, 0], [counts[0], counts[2], counts[3]]);
        Assert.Equal(0.5, counts[1], 0.02);
    }

    [Fact]
    public void Next_TopP_LeavesTheNucleus()
    {
        // Probabilities: 0.05, 0.39, 0.14, 0.02, 0.39.
        var counts = Count(new SamplingOptions { TopP = 0.85 });
        Assert.Equal([0, 0], [counts[0], counts[3]]);
        Assert.Equal(1 / (1 + (2 * Math.E)), counts[2], 0.02);
        Assert.Equal(1, Count(new SamplingOptions { TopP = 0.01 })[1]);
    }

    [Fact]
    public void Next_NotANumber_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Sampler.Next([1f, float.NaN], new SamplingOptions(), 0));

    [Fact]
    public void Generate_Greedy_EqualsRepeatedForward()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Reference.Model(bias: true);
        var ids = new List<int> { 5, 8, 17 };
        for (var i = 0; i < 8; i++)
        {
            var logits = model.Logits(model.Forward(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0)));
            ids.Add((int)logits[0][ids.Count - 1].argmax().item<long>());
        }

        var greedy = new SamplingOptions { Temperature = 0 };
        Assert.Equal(ids[3..], TextGenerator.Generate(
            model, [5, 8, 17], 8, greedy, cancellationToken: TestContext.Current.CancellationToken));
        var stopped = TextGenerator.Generate(
            model, [5, 8, 17], 8, greedy, new HashSet<int> { ids[5] }, TestContext.Current.CancellationToken);
        Assert.Equal(ids[3..].TakeWhile(id => id != ids[5]), stopped);
    }

    [Fact]
    public void Generate_Cancelled_StopsAndLeavesNothingBehind()
    {
        using var model = Reference.Model(bias: true);
        using var source = new CancellationTokenSource();
        var before = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        var seen = new List<int>();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var id in TextGenerator.Generate(model, [1], 10, new(), cancellationToken: source.Token))
            {
                seen.Add(id);
                if (seen.Count == 3)
                    source.Cancel();
            }
        });
        Assert.Equal(3, seen.Count);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Generate_PromptTooLong_IsRefused()
    {
        using var model = Reference.Model(bias: true);
        var token = TestContext.Current.CancellationToken;
        var error = Assert.Throws<ArgumentException>(
            () => TextGenerator.Generate(model, [1, 2, 3], 14, new(), cancellationToken: token));
        Assert.Contains("16", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TextGenerator.Generate(model, [61], 1, new(), cancellationToken: token));
    }

    private static double[] Count(SamplingOptions options)
    {
        const int Draws = 20_000;
        var counts = new double[Logits.Length];
        for (var position = 0; position < Draws; position++)
            counts[Sampler.Next(Logits, options, position)]++;
        return [.. counts.Select(count => count / Draws)];
    }
}
