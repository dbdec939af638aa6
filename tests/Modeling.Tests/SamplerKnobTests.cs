namespace Platform.Modeling.Tests;

/// <summary>Each knob of the sampler against probabilities worked out by hand from its definition.</summary>
public sealed class SamplerKnobTests
{
    private static readonly float[] Logits = [1f, 3f, 2f, 0f, -1f, 2.5f];

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void Next_Temperature_DrawsFromTheSoftmaxOfDividedLogits(double temperature) => AssertDraws(
        new SamplingOptions { Temperature = temperature }, Logits.Select(logit => logit / temperature), null);

    [Fact]
    public void Next_TopK_DrawsFromTheLikeliest() => AssertDraws(
        new SamplingOptions { TopK = 3 }, Without(0, 3, 4), null);

    // Probabilities: 0.067, 0.494, 0.182, 0.025, 0.009, 0.300 of all; sorted 0.467, 0.283, 0.172 reach 0.8 together.
    [Fact]
    public void Next_TopP_DrawsFromTheNucleus() => AssertDraws(
        new SamplingOptions { TopP = 0.8 }, Without(0, 3, 4), null);

    // e^(2.5-3) = 0.61 and e^(2-3) = 0.37 of the likeliest; e^(1-3) = 0.14 is below a fifth.
    [Fact]
    public void Next_MinP_DrawsFromThoseNearTheLikeliest() => AssertDraws(
        new SamplingOptions { MinP = 0.2 }, Without(0, 3, 4), null);

    [Fact]
    public void Next_RepetitionPenalty_DividesPositiveAndMultipliesNegativeLogits()
    {
        // In the prompt: 1 and 4; in the text: 2.
        var history = new TokenHistory([1, 4]);
        history.Add(2);
        AssertDraws(
            new SamplingOptions { RepetitionPenalty = 1.5 }, [1, 3 / 1.5, 2 / 1.5, 0, -1 * 1.5, 2.5], history);
    }

    [Fact]
    public void Next_PresenceAndFrequencyPenalties_CountTheTextAlone()
    {
        var history = new TokenHistory([1, 1, 1]);
        history.Add(2);
        history.Add(2);
        history.Add(5);
        AssertDraws(
            new SamplingOptions { PresencePenalty = 0.5 }, [1, 3, 1.5, 0, -1, 2], history);
        AssertDraws(
            new SamplingOptions { FrequencyPenalty = 0.5 }, [1, 3, 1, 0, -1, 2], history);
        AssertDraws(
            new SamplingOptions { FrequencyPenalty = 0.5, PresencePenalty = -1 }, [1, 3, 2, 0, -1, 3], history);
    }

    [Fact]
    public void Next_LogitBias_IsAdded() => AssertDraws(
        new SamplingOptions { LogitBias = new Dictionary<int, double> { [4] = 4, [1] = -100, [99] = 5 } },
        [1, -97, 2, 0, 3, 2.5], null);

    [Fact]
    public void Next_Bias_DecidesWithoutTemperatureToo() => Assert.Equal(3, Sampler.Next(
        Logits,
        new SamplingOptions { Temperature = 0, LogitBias = new Dictionary<int, double> { [3] = 100 } },
        0));

    /// <summary>A large vocabulary is drawn from by blocks; a small one never leaves the first.</summary>
    [Fact]
    public void Next_LargeVocabulary_DrawsFromTheSoftmax()
    {
        const int Vocabulary = 5000;
        var logits = Enumerable.Range(0, Vocabulary).Select(id => (float)Math.Sin(id)).ToArray();
        logits[4321] = 7;
        var weights = logits.Select(logit => Math.Exp(logit)).ToList();
        var (hits, late, draws) = (0, 0, 20_000);
        for (var position = 0; position < draws; position++)
        {
            var id = Sampler.Next(logits, new SamplingOptions { Seed = 8 }, position);
            hits += id == 4321 ? 1 : 0;
            late += id >= 2500 ? 1 : 0;
        }

        Assert.Equal(weights[4321] / weights.Sum(), (double)hits / draws, 0.015);
        Assert.Equal(weights.Skip(2500).Sum() / weights.Sum(), (double)late / draws, 0.015);
    }

    [Fact]
    public void Of_Token_HasItsLogProbabilityAndTheLikeliest()
    {
        var total = Logits.Sum(logit => Math.Exp(logit));

        var scores = TokenScores.Of(Logits, 3, 2);

        Assert.Equal(Math.Log(1 / total), scores.Token.LogProbability, 1e-9);
        Assert.Equal([1, 5], scores.Top.Select(top => top.Id));
        Assert.Equal(Math.Log(Math.Exp(3) / total), scores.Top[0].LogProbability, 1e-9);
    }

    [Fact]
    public void Validate_EveryKnobOutOfRange_IsNamed()
    {
        var options = new SamplingOptions
        {
            Temperature = double.NaN,
            TopK = -1,
            TopP = double.NaN,
            MinP = -0.1,
            RepetitionPenalty = 0,
            PresencePenalty = 2.5,
            FrequencyPenalty = double.NaN,
            LogitBias = new Dictionary<int, double> { [7] = 101 },
        };

        Assert.Equal(
            [
                "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty",
                "logit_bias[7]",
            ],
            options.Validate().Select(problem => problem.Member));
    }

    private static IEnumerable<double> Without(params int[] ids) =>
        Logits.Select((logit, id) => ids.Contains(id) ? double.NegativeInfinity : logit);

    // The seed is fixed, so this is no matter of chance.
    private static void AssertDraws(SamplingOptions options, IEnumerable<double> expected, TokenHistory? history)
    {
        const int Draws = 20_000;
        var counts = new double[Logits.Length];
        for (var position = 0; position < Draws; position++)
            counts[Sampler.Next(Logits, options with { Seed = 4 }, position, history)]++;
        var weights = expected.Select(Math.Exp).ToList();
        for (var id = 0; id < counts.Length; id++)
        {
            Assert.Equal(weights[id] / weights.Sum(), counts[id] / Draws, 0.012);
            if (weights[id] == 0)
                Assert.Equal(0, counts[id]);
        }
    }
}
