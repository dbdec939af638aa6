using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

public sealed class GenerationTests : IDisposable
{
    private const string Prompt = "The boy runs to";

    private readonly InferenceApp _app = new();

    public GenerationTests() => _app.AddModel("a");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(0.7, 5, 1)]
    [InlineData(1.3, 0, 0.6)]
    public async Task Generate_Settings_GivesTheTokensOfTheModelItself(double temperature, int topK, double topP)
    {
        var sampling = new SamplingParameters
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            Seed = 42,
            MaxTokens = 24,
            IgnoreEndOfText = true,
        };

        var response = await GenerateAsync(sampling);

        using var model = TinyModels.Create(_app.Tokenizer);
        var prompt = _app.Tokenizer.Encode(Prompt);
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, Seed = 42 };
        Assert.Equal(TextGenerator.Generate(model, prompt, 24, options, cancellationToken: Token), response.TokenIds);
        Assert.Equal(FinishReason.Length, response.FinishReason);
        Assert.Equal((prompt.Length, 24), (response.Usage.PromptTokens, response.Usage.CompletionTokens));
        Assert.Equal(42, response.Seed);
    }

    [Fact]
    public async Task Generate_EachKnob_ChangesTheOutput()
    {
        var plain = await GenerateAsync(new() { Seed = 1, MaxTokens = 30 });

        Assert.NotEqual(plain.TokenIds, (await GenerateAsync(new() { Seed = 2, MaxTokens = 30 })).TokenIds);
        Assert.NotEqual(
            plain.TokenIds, (await GenerateAsync(new() { Seed = 1, MaxTokens = 30, Temperature = 0.3 })).TokenIds);
        Assert.NotEqual(plain.TokenIds, (await GenerateAsync(new() { Seed = 1, MaxTokens = 30, TopK = 3 })).TokenIds);
        Assert.NotEqual(plain.TokenIds, (await GenerateAsync(new() { Seed = 1, MaxTokens = 30, TopP = 0.2 })).TokenIds);
        Assert.Equal(
            (await GenerateAsync(new() { Temperature = 0, MaxTokens = 30 })).TokenIds,
            (await GenerateAsync(new() { TopK = 1, MaxTokens = 30, Seed = 9 })).TokenIds);
    }

    [Fact]
    public async Task Generate_NoSeed_ChoosesOneAndTellsIt()
    {
        var first = await GenerateAsync(new() { MaxTokens = 20 });
        var second = await GenerateAsync(new() { MaxTokens = 20 });
        var again = await GenerateAsync(new() { MaxTokens = 20, Seed = first.Seed });

        Assert.NotEqual(first.Seed, second.Seed);
        Assert.Equal(first.TokenIds, again.TokenIds);
        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task Generate_EndOfText_EndsUnlessIgnored()
    {
        var end = _app.Tokenizer.EndOfText!.Value;
        // At temperature 10 every token is about equally likely; some seed meets the end within 40.
        for (var seed = 0; seed < 500; seed++)
        {
            SamplingParameters sampling = new() { Seed = seed, MaxTokens = 40, Temperature = 10 };
            sampling.IgnoreEndOfText = true;
            var all = await GenerateAsync(sampling);
            if (!all.TokenIds.Contains(end))
                continue;
            sampling.IgnoreEndOfText = false;
            var ended = await GenerateAsync(sampling);

            Assert.Equal(all.TokenIds.TakeWhile(id => id != end), ended.TokenIds);
            Assert.Equal(FinishReason.Stop, ended.FinishReason);
            Assert.DoesNotContain("endoftext", ended.Text, StringComparison.Ordinal);
            return;
        }

        Assert.Fail("No seed met the end of text.");
    }

    [Fact]
    public async Task Generate_Stop_EndsBeforeIt()
    {
        SamplingParameters sampling = new() { Temperature = 0, MaxTokens = 30, IgnoreEndOfText = true };
        var whole = (await GenerateAsync(sampling)).Text;
        var stop = whole.Substring(whole.Length / 2, 3);
        sampling.Stop.Add([stop, "never in it"]);

        var response = await GenerateAsync(sampling);

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], response.Text);
        Assert.Equal(FinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task StreamGenerate_Messages_AreTheUnaryTextInWholeCharacters()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            SamplingParameters sampling = new() { Seed = seed, MaxTokens = 40, Temperature = 5 };
            var unary = await GenerateAsync(sampling);

            var messages = await StreamAsync(sampling);

            Assert.All(messages, message => Assert.DoesNotContain(message.Text, char.IsSurrogate));
            Assert.Equal(unary.Text, string.Concat(messages.Select(message => message.Text)));
            Assert.Equal(unary.TokenIds, messages.SelectMany(message => message.TokenIds));
            Assert.All(messages[..^1], message => Assert.Equal(FinishReason.Unspecified, message.FinishReason));
            Assert.Equal((unary.FinishReason, (long)seed), (messages[^1].FinishReason, messages[^1].Seed));
            Assert.Equal(unary.Usage.CompletionTokens, messages[^1].Usage.CompletionTokens);
        }
    }

    [Fact]
    public async Task StreamGenerate_LoadedModel_HasUsage()
    {
        await _app.Client.LoadModelAsync(new() { Name = "runs/a" }, cancellationToken: Token);

        var usage = (await StreamAsync(new() { MaxTokens = 30, IgnoreEndOfText = true }))[^1].Usage;

        Assert.True(usage.FirstTokenSeconds > 0);
        Assert.True(usage.TokensPerSecond > 0);
        Assert.Equal(0, usage.LoadSeconds);
    }

    [Fact]
    public async Task Generate_EmptyPrompt_BeginsAfterTheEndOfText()
    {
        var response = await _app.Client.GenerateAsync(
            new() { Model = "runs/a", Sampling = new() { MaxTokens = 5, IgnoreEndOfText = true } },
            cancellationToken: Token);

        Assert.Equal(1, response.Usage.PromptTokens);
        Assert.Equal(5, response.TokenIds.Count);
    }

    [Fact]
    public async Task Generate_CharacterTokenizer_GeneratesAndNamesUnknownCharacters()
    {
        var tokenizer = TinyModels.Characters();
        using var model = TinyModels.Create(tokenizer);
        TinyModels.WriteCheckpoint(_app.DataRoot, "letters", 1, model, tokenizer);
        GenerateRequest request = new() { Model = "runs/letters", Prompt = "The boy" };
        request.Sampling = new() { MaxTokens = 7 };

        var response = await _app.Client.GenerateAsync(request, cancellationToken: Token);

        Assert.Equal(7, response.Text.Length);
        foreach (var prompt in (string[])["The €", ""])
        {
            request.Prompt = prompt;
            var error = await InferenceApp.ThrowsAsync(
                StatusCode.InvalidArgument,
                () => _app.Client.GenerateAsync(request, cancellationToken: Token).ResponseAsync);
            Assert.Equal("prompt", Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
        }
    }

    [Fact]
    public async Task Generate_PromptAndNewTokens_MustFitTheContext()
    {
        var prompt = string.Concat(Enumerable.Repeat("The boy runs. ", 30));
        var tokens = _app.Tokenizer.Encode(Prompt).Length;

        var full = await GenerateAsync(new() { MaxTokens = 64 - tokens, IgnoreEndOfText = true });
        var rest = await GenerateAsync(new() { IgnoreEndOfText = true });

        Assert.Equal(64 - tokens, full.TokenIds.Count);
        // Unset, it is 128 or what fits.
        Assert.Equal(64 - tokens, rest.TokenIds.Count);
        foreach (var (text, max, field) in new[]
        {
            (prompt, 1, "prompt"), (Prompt, 64 - tokens + 1, "prompt"), (Prompt, 65, "sampling.max_tokens"),
        })
        {
            GenerateRequest request = new() { Model = "runs/a", Prompt = text, Sampling = new() { MaxTokens = max } };
            var error = await InferenceApp.ThrowsAsync(
                StatusCode.InvalidArgument,
                () => _app.Client.GenerateAsync(request, cancellationToken: Token).ResponseAsync);
            Assert.Equal(field, Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
        }
    }

    [Fact]
    public async Task Generate_BadParameters_AreAllNamed()
    {
        GenerateRequest request = new()
        {
            Prompt = "x",
            Sampling = new()
            {
                Temperature = double.NaN,
                TopK = -1,
                TopP = 0,
                MaxTokens = 0,
                Stop = { "a", "", new string('x', 257) },
            },
        };

        var error = await InferenceApp.ThrowsAsync(
            StatusCode.InvalidArgument,
            () => _app.Client.GenerateAsync(request, cancellationToken: Token).ResponseAsync);

        Assert.Equal(
            [
                "model", "sampling.temperature", "sampling.top_k", "sampling.top_p", "sampling.max_tokens",
                "sampling.stop[1]", "sampling.stop[2]",
            ],
            InferenceApp.Details<BadRequest>(error).FieldViolations.Select(violation => violation.Field));
    }

    [Fact]
    public async Task StreamGenerate_TooManyStops_IsRefused()
    {
        SamplingParameters sampling = new();
        sampling.Stop.AddRange(Enumerable.Range(0, 1000).Select(i => $"stop {i}"));

        var error = await InferenceApp.ThrowsAsync(StatusCode.InvalidArgument, () => StreamAsync(sampling));

        Assert.Equal("sampling.stop", Assert.Single(InferenceApp.Details<BadRequest>(error).FieldViolations).Field);
    }

    private async Task<GenerateResponse> GenerateAsync(SamplingParameters sampling) => await _app.Client.GenerateAsync(
        new() { Model = "runs/a", Prompt = Prompt, Sampling = sampling }, cancellationToken: Token);

    private async Task<List<StreamGenerateResponse>> StreamAsync(SamplingParameters sampling)
    {
        using var call = _app.Client.StreamGenerate(
            new() { Model = "runs/a", Prompt = Prompt, Sampling = sampling }, cancellationToken: Token);
        return await call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);
    }
}
