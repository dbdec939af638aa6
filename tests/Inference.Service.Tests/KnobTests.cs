using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Inference.V1;

namespace Platform.Inference.Service.Tests;

/// <summary>Every parameter of a generation changes what comes back, in the way that it says.</summary>
public sealed class KnobTests : IDisposable
{
    private const string Prompt = "The boy runs to";

    private readonly InferenceApp _app = new();

    public KnobTests() => _app.AddModel("a", blockSize: 512);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task Generate_EachFurtherKnob_ChangesTheOutput()
    {
        var plain = (await GenerateAsync(new())).TokenIds;

        Assert.NotEqual(plain, (await GenerateAsync(new() { MinP = 0.5 })).TokenIds);
        Assert.NotEqual(plain, (await GenerateAsync(new() { RepetitionPenalty = 5 })).TokenIds);
        Assert.NotEqual(plain, (await GenerateAsync(new() { PresencePenalty = 2 })).TokenIds);
        Assert.NotEqual(plain, (await GenerateAsync(new() { FrequencyPenalty = 2 })).TokenIds);
        var banned = plain[0];
        Assert.DoesNotContain(
            banned, (await GenerateAsync(new() { LogitBias = { [banned] = -100 } })).TokenIds);
        Assert.All(
            (await GenerateAsync(new() { LogitBias = { [banned] = 100 } })).TokenIds, id => Assert.Equal(banned, id));
    }

    [Fact]
    public async Task Generate_StopId_EndsBeforeIt()
    {
        var plain = (await GenerateAsync(new())).TokenIds;
        var stop = plain[plain.Count / 2];

        var stopped = await GenerateAsync(new() { StopIds = { stop } });

        Assert.Equal(plain.TakeWhile(id => id != stop), stopped.TokenIds);
        Assert.Equal(FinishReason.Stop, stopped.FinishReason);
    }

    [Fact]
    public async Task Generate_N_GivesWhatTheNextSeedsGive()
    {
        var together = await GenerateAsync(new() { N = 3, Seed = 40 });

        Assert.Equal(3, together.Choices.Count);
        Assert.Equal([40, 41, 42], together.Choices.Select(choice => choice.Seed));
        foreach (var choice in together.Choices)
        {
            var alone = await GenerateAsync(new() { Seed = choice.Seed });
            Assert.Equal(alone.TokenIds, choice.TokenIds);
            Assert.Equal(alone.Text, choice.Text);
        }

        Assert.Equal(together.Choices.Sum(choice => choice.TokenIds.Count), together.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Generate_EchoWithoutNewTokens_ScoresThePrompt()
    {
        var response = await GenerateAsync(new() { Echo = true, PromptLogprobs = true, Logprobs = 2, MaxTokens = 0 });

        var ids = _app.Tokenizer.Encode(Prompt);
        Assert.Equal(Prompt, response.Text);
        Assert.Equal(ids, response.TokenIds);
        Assert.Equal(ids, response.PromptLogprobs.Select(token => token.TokenId));
        Assert.False(response.PromptLogprobs[0].HasLogprob);
        Assert.All(response.PromptLogprobs.Skip(1), token => Assert.Equal(2, token.Top.Count));
        Assert.Equal(0, response.Usage.CompletionTokens);
    }

    [Fact]
    public async Task StreamGenerate_Logprobs_AreThoseOfTheTokens()
    {
        using var call = _app.Client.StreamGenerate(
            new()
            {
                Model = "runs/a",
                Prompt = Prompt,
                Sampling = new() { Temperature = 0, Logprobs = 3, MaxTokens = 12, IgnoreEndOfText = true, Echo = true },
            },
            cancellationToken: Token);
        var messages = await call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);

        var scores = messages.SelectMany(message => message.Logprobs).ToList();
        Assert.StartsWith(Prompt, string.Concat(messages.Select(message => message.Text)), StringComparison.Ordinal);
        Assert.Equal(
            messages.SelectMany(message => message.TokenIds).TakeLast(12), scores.Select(score => score.TokenId));
        // The likeliest is taken, so it is the first of the likeliest.
        Assert.All(scores, score => Assert.Equal(
            (score.TokenId, score.Logprob), (score.Top[0].TokenId, score.Top[0].Logprob)));
        Assert.All(scores, score => Assert.InRange(score.Top.Sum(top => Math.Exp(top.Logprob)), 0, 1.000001));
    }

    [Fact]
    public async Task Generate_PromptIds_AreTheText()
    {
        var text = await GenerateAsync(new());
        var request = new GenerateRequest
        {
            Model = "runs/a",
            Sampling = new() { Seed = 3, MaxTokens = 30, IgnoreEndOfText = true },
        };
        request.PromptIds.AddRange(_app.Tokenizer.Encode(Prompt));

        Assert.Equal(text.TokenIds, (await _app.Client.GenerateAsync(request, cancellationToken: Token)).TokenIds);
    }

    /// <summary>Ids of the padded vocabulary exist in the weights and must never come out.</summary>
    [Fact]
    public async Task Generate_PaddedVocabulary_IsNeverSampledOrReported()
    {
        var size = _app.Tokenizer.VocabularySize;
        Assert.NotEqual(0, size % 64);

        var response = await GenerateAsync(new() { Temperature = 10, MaxTokens = 400, Logprobs = 20 });

        Assert.All(response.TokenIds, id => Assert.InRange(id, 0, size - 1));
        Assert.All(
            response.Choices[0].Logprobs,
            token => Assert.All(token.Top, top => Assert.InRange(top.TokenId, 0, size - 1)));
        var error = await InferenceApp.ThrowsAsync(
            StatusCode.InvalidArgument, () => GenerateAsync(new() { LogitBias = { [size] = 1 } }));
        Assert.Equal(
            "sampling.logit_bias", Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
    }

    [Fact]
    public async Task Generate_FurtherBadParameters_AreAllNamed()
    {
        var error = await InferenceApp.ThrowsAsync(StatusCode.InvalidArgument, () => GenerateAsync(new()
        {
            MinP = double.NaN,
            RepetitionPenalty = -1,
            PresencePenalty = 3,
            FrequencyPenalty = double.NegativeInfinity,
            N = 0,
            Logprobs = 21,
            LogitBias = { [1] = double.NaN },
        }));

        Assert.Equal(
            [
                "sampling.min_p", "sampling.repetition_penalty", "sampling.presence_penalty",
                "sampling.frequency_penalty", "sampling.logit_bias[1]", "sampling.n", "sampling.logprobs",
            ],
            InferenceApp.Details<BadRequest>(error).FieldViolations.Select(violation => violation.Field));
    }

    [Fact]
    public async Task Generate_PromptSeenBefore_IsReusedAndGivesTheSame()
    {
        var prompt = string.Concat(Enumerable.Repeat("The boy runs to the red house. ", 40));
        var ids = _app.Tokenizer.Encode(prompt).AsSpan(0, 300).ToArray();
        var request = new GenerateRequest
        {
            Model = "runs/a",
            Sampling = new() { Seed = 3, MaxTokens = 30, IgnoreEndOfText = true },
        };
        request.PromptIds.AddRange(ids);

        var cold = await _app.Client.GenerateAsync(request, cancellationToken: Token);
        var warm = await _app.Client.GenerateAsync(request, cancellationToken: Token);
        request.PromptIds[299] = 1;
        request.PromptIds[10] = 2;
        var other = await _app.Client.GenerateAsync(request, cancellationToken: Token);

        Assert.Equal((0, 256, 0), (
            cold.Usage.CachedPromptTokens, warm.Usage.CachedPromptTokens, other.Usage.CachedPromptTokens));
        Assert.Equal(cold.TokenIds, warm.TokenIds);
    }

    /// <summary>The same prompt gives the same 256 tokens, alone or among fifteen others that come and go.</summary>
    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    [InlineData("int8")]
    public async Task Generate_InCompany_GivesTheSame256Tokens(string precision)
    {
        await _app.Client.LoadModelAsync(new() { Name = "runs/a", Precision = precision }, cancellationToken: Token);
        SamplingParameters sampling = new() { Seed = 9, MaxTokens = 256, Temperature = 0.9 };
        var alone = await GenerateAsync(sampling.Clone());

        var others = Enumerable.Range(0, 15).Select(i => GenerateAsync(
            new() { Seed = 100 + i, MaxTokens = 20 + (i * 15) })).ToList();
        var together = await GenerateAsync(sampling.Clone());
        await Task.WhenAll(others);

        Assert.Equal(256, alone.TokenIds.Count);
        Assert.Equal(alone.TokenIds, together.TokenIds);
    }

    private async Task<GenerateResponse> GenerateAsync(SamplingParameters sampling)
    {
        if (!sampling.HasSeed)
            sampling.Seed = 3;
        if (!sampling.HasMaxTokens)
            sampling.MaxTokens = 30;
        sampling.IgnoreEndOfText = true;
        return await _app.Client.GenerateAsync(
            new() { Model = "runs/a", Prompt = Prompt, Sampling = sampling }, cancellationToken: Token);
    }
}
