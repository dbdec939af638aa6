using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using static TorchSharp.torch;

namespace Platform.Inference.Service.Tests;

/// <summary>The routes of OpenAI's API, by raw requests and by its official client.</summary>
public sealed class OpenAiTests : IDisposable
{
    private const string Prompt = "The boy runs to the old tree.";

    private readonly InferenceApp _app = new();

    public OpenAiTests() => _app.AddModel("a");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    /// <summary>
    /// What lm-evaluation-harness's local-completions model sends for log-likelihoods, and reads back.
    /// </summary>
    [Fact]
    public async Task Completions_EchoWithLogprobs_GivesTheModelsOwnLogLikelihoods()
    {
        int[][] prompts = [_app.Tokenizer.Encode(Prompt), _app.Tokenizer.Encode("A dog sleeps on the mat.")];

        var answer = await PostAsync(new
        {
            model = "runs/a",
            prompt = prompts,
            temperature = 0,
            max_tokens = 1,
            logprobs = 1,
            seed = 1234,
            echo = true,
        });

        Assert.Equal(2, answer.GetProperty("choices").GetArrayLength());
        foreach (var (i, choice) in answer.GetProperty("choices").EnumerateArray().Index())
        {
            Assert.Equal(i, choice.GetProperty("index").GetInt32());
            var logprobs = choice.GetProperty("logprobs");
            var scores = logprobs.GetProperty("token_logprobs").EnumerateArray().ToList();
            var tops = logprobs.GetProperty("top_logprobs").EnumerateArray().ToList();
            Assert.Equal(prompts[i].Length + 1, scores.Count);
            Assert.Equal(JsonValueKind.Null, scores[0].ValueKind);
            Assert.Equal(JsonValueKind.Null, tops[0].ValueKind);
            var (expected, best) = Reference(prompts[i]);
            for (var k = 1; k < prompts[i].Length; k++)
            {
                var score = scores[k].GetDouble();
                Assert.Equal(expected[k], score, 1e-4);
                // How the harness tells whether a token was the greedy one.
                var greedy = tops[k].EnumerateObject().Max(top => top.Value.GetDouble()) == score;
                Assert.Equal(best[k] == prompts[i][k], greedy);
            }

            var text = choice.GetProperty("text").GetString()!;
            Assert.StartsWith(_app.Tokenizer.Decode(prompts[i]), text, StringComparison.Ordinal);
            var names = logprobs.GetProperty("tokens").EnumerateArray().Select(name => name.GetString()).ToList();
            var offsets = logprobs.GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32()).ToList();
            for (var k = 0; k < prompts[i].Length; k++)
                Assert.StartsWith(names[k]!, text[offsets[k]..], StringComparison.Ordinal);
        }

        var usage = answer.GetProperty("usage");
        Assert.Equal(prompts.Sum(prompt => prompt.Length), usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(2, usage.GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Completions_EveryFormOfPrompt_GivesWhatGrpcGives()
    {
        var expected = await _app.Client.GenerateAsync(
            new() { Model = "runs/a", Prompt = Prompt, Sampling = new() { Temperature = 0, MaxTokens = 12 } },
            cancellationToken: Token);
        var ids = _app.Tokenizer.Encode(Prompt);
        foreach (var prompt in new object[] { Prompt, new[] { Prompt, Prompt }, ids, new[] { ids, ids } })
        {
            var answer = await PostAsync(new { model = "runs/a", prompt, temperature = 0, max_tokens = 12 });

            var choices = answer.GetProperty("choices").EnumerateArray().ToList();
            Assert.Equal(prompt is string or int[]? 1 : 2, choices.Count);
            Assert.All(choices, choice => Assert.Equal(expected.Text, choice.GetProperty("text").GetString()));
            Assert.All(choices, choice => Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind));
        }
    }

    [Fact]
    public async Task Completions_Stop_IsWhatTheHarnessSendsForGenerateUntil()
    {
        var whole = await PostAsync(new
        {
            model = "runs/a",
            prompt = new[] { Prompt },
            temperature = 0,
            max_tokens = 30,
        });
        var text = whole.GetProperty("choices")[0].GetProperty("text").GetString()!;
        var stop = text.Substring(text.Length / 2, 2);

        var stopped = await PostAsync(new
        {
            model = "runs/a",
            prompt = new[] { Prompt },
            temperature = 0,
            max_tokens = 30,
            stop = new[] { stop },
            seed = 1234,
        });

        var choice = stopped.GetProperty("choices")[0];
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], choice.GetProperty("text").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Completions_Stream_AddsUpToTheWhole()
    {
        object Request(bool stream) => new
        {
            model = "runs/a",
            prompt = new[] { Prompt, "She" },
            n = 2,
            seed = 5,
            max_tokens = 12,
            logprobs = 2,
            echo = true,
            stream,
            stream_options = stream ? new { include_usage = true } : null,
        };
        var whole = await PostAsync(Request(stream: false));
        using var response = await _app.Http.PostAsJsonAsync("v1/completions", Request(stream: true), Token);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var lines = (await response.Content.ReadAsStringAsync(Token))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", lines[^1]);
        var parts = lines[..^1]
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]))
            .ToList();
        foreach (var (i, choice) in whole.GetProperty("choices").EnumerateArray().Index())
        {
            var own = parts.SelectMany(part => part.GetProperty("choices").EnumerateArray())
                .Where(part => part.GetProperty("index").GetInt32() == i).ToList();
            Assert.Equal(
                choice.GetProperty("text").GetString(),
                string.Concat(own.Select(part => part.GetProperty("text").GetString())));
            Assert.Equal(
                choice.GetProperty("finish_reason").GetString(), own[^1].GetProperty("finish_reason").GetString());
            Assert.Equal(
                choice.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32()),
                own.SelectMany(part => part.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray())
                    .Select(offset => offset.GetInt32()));
        }

        Assert.Equal(
            whole.GetProperty("usage").GetProperty("total_tokens").GetInt32(),
            parts[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task OfficialClient_Chat_AnswersStreamsAndScores()
    {
        var client = Official().GetChatClient("runs/a");
        ChatMessage[] messages = [new SystemChatMessage("Be brief."), new UserChatMessage("Who runs?")];
        var options = new ChatCompletionOptions
        {
            Temperature = 0,
            MaxOutputTokenCount = 12,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 3,
        };

        var answer = (await client.CompleteChatAsync(messages, options, Token)).Value;
        var streamed = new StringBuilder();
        await foreach (var part in client.CompleteChatStreamingAsync(messages, options, Token))
            streamed.Append(string.Concat(part.ContentUpdate.Select(content => content.Text)));

        var expected = await _app.Client.GenerateAsync(
            new()
            {
                Model = "runs/a",
                Prompt = "Be brief.\nUser: Who runs?\nAssistant:",
                Sampling = new() { Temperature = 0, MaxTokens = 12, Stop = { "\nUser:" } },
            },
            cancellationToken: Token);
        Assert.Equal(expected.Text, answer.Content[0].Text);
        Assert.Equal(expected.Text, streamed.ToString());
        Assert.Equal(expected.Usage.CompletionTokens, answer.Usage.OutputTokenCount);
        Assert.Equal(expected.Usage.PromptTokens, answer.Usage.InputTokenCount);
        Assert.Equal(expected.TokenIds.Count, answer.ContentTokenLogProbabilities.Count);
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal(
            token.LogProbability, token.TopLogProbabilities.Max(top => top.LogProbability)));
    }

    [Fact]
    public async Task OfficialClient_Models_ListsTheRunsAndFindsOne()
    {
        _app.AddModel("b");
        var client = Official().GetOpenAIModelClient();

        var models = (await client.GetModelsAsync(Token)).Value;
        var one = (await client.GetModelAsync("runs/b", Token)).Value;

        Assert.Equal(["runs/a", "runs/b"], models.Select(model => model.Id).Order());
        Assert.Equal(("runs/b", "platform"), (one.Id, one.OwnedBy));
    }

    [Fact]
    public async Task OfficialClient_UnknownModel_ThrowsItsException()
    {
        var client = Official().GetChatClient("runs/none");

        var error = await Assert.ThrowsAsync<ClientResultException>(
            () => client.CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Token));

        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_Adapter_IsAskedInAlpacasForm()
    {
        var baseFolder = _app.AddModel("base", blockSize: 512);
        using var model = TinyModels.Create(_app.Tokenizer, blockSize: 512);
        using var adapter = TinyModels.CreateAdapter(model);
        TinyModels.WriteAdapter(_app.DataRoot, "tuned", 5, adapter, _app.Tokenizer, baseFolder, "runs/base@10");
        var expected = await _app.Client.GenerateAsync(
            new()
            {
                Model = "runs/tuned",
                Prompt = "Below is an instruction that describes a task. Write a response that appropriately"
                    + " completes the request.\n\n### Instruction:\nRun!\n\n### Response:",
                Sampling = new() { Temperature = 0, MaxTokens = 8 },
            },
            cancellationToken: Token);

        var answer = await PostAsync(
            new
            {
                model = "runs/tuned",
                temperature = 0,
                max_completion_tokens = 8,
                messages = new[] { new { role = "user", content = "Run!" } },
            },
            "v1/chat/completions");

        Assert.Equal(
            expected.Text,
            answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("""{"prompt": "x"}""", 400, "model")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "temperature": -1}""", 400, "temperature")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "temperature": "hot"}""", 400, "temperature")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "max_tokens": 0}""", 400, "max_tokens")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "max_tokens": 5000}""", 400, "max_tokens")]
    [InlineData("""{"model": "runs/a", "prompt": [100000]}""", 400, "prompt")]
    [InlineData("""{"model": "runs/a", "prompt": [-1]}""", 400, "prompt")]
    [InlineData("""{"model": "runs/a", "prompt": {}}""", 400, "prompt")]
    [InlineData("""{"model": "runs/a", "prompt": "\ud800"}""", 400, "prompt")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "n": 1000}""", 400, "n")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "logprobs": 99}""", 400, "logprobs")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "best_of": 3}""", 400, "best_of")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "suffix": "y"}""", 400, "suffix")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "logit_bias": {"x": 1}}""", 400, "logit_bias")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "logit_bias": {"99999": 1}}""", 400, "logit_bias")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "temprature": 1}""", 400, "temprature")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "suffix": "\ud800"}""", 400, "suffix")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "stream_options": 5}""", 400, "stream_options")]
    [InlineData(
        """{"model": "runs/a", "prompt": "x", "stream_options": {"include_usage": 1}}""", 400, "stream_options")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "\ud800": 1}""", 400, "body")]
    [InlineData("""{"model": "runs/a", "prompt": "x", "logit_bias": {"\udc00": 1}}""", 400, "body")]
    [InlineData("""{"model": "runs/none", "prompt": "x"}""", 404, "model")]
    [InlineData("""[1, 2]""", 400, "body")]
    [InlineData("""{"model": """, 400, null)]
    public Task Completions_BadRequest_HasOpenAisErrorShape(string body, int status, string? parameter) =>
        RefusedAsync("v1/completions", body, status, parameter);

    /// <summary>
    /// The forms of tools and formats that clients send where ours has none: an object in place of a name was an error
    /// inside the service.
    /// </summary>
    [Theory]
    [InlineData("\"tool_choice\": {\"type\": \"function\"}", "tool_choice")]
    [InlineData("\"tool_choice\": \"required\"", "tool_choice")]
    [InlineData("\"response_format\": {\"type\": 5}", "response_format")]
    [InlineData("\"response_format\": {\"type\": \"json_object\"}", "response_format")]
    [InlineData("\"tools\": [{}]", "tools")]
    [InlineData("\"top_logprobs\": 2", "top_logprobs")]
    [InlineData("\"max_completion_tokens\": 0", "max_tokens")]
    public Task Chat_BadRequest_HasOpenAisErrorShape(string member, string parameter) => RefusedAsync(
        "v1/chat/completions",
        $$"""{"model": "runs/a", "messages": [{"role": "user", "content": "x"}], {{member}}}""",
        400,
        parameter);

    private async Task RefusedAsync(string route, string body, int status, string? parameter)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await _app.Http.PostAsync(route, content, Token);

        var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error");
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(parameter, error.GetProperty("param").GetString());
        var message = error.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        Assert.DoesNotContain("sampling.", message, StringComparison.Ordinal); // the proto's path says nothing here
    }

    [Theory]
    [InlineData("POST", "v1/embeddings")]
    [InlineData("GET", "v1/completions")]
    [InlineData("DELETE", "v1/models/runs/a")]
    public async Task UnknownRoute_AnyMethod_HasOpenAisErrorShape(string method, string route)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), route);
        using var response = await _app.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error");
        Assert.Equal("unknown_url", error.GetProperty("code").GetString());
        Assert.Contains(method, error.GetProperty("message").GetString()!, StringComparison.Ordinal);
    }

    private OpenAIClient Official()
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = new Uri(_app.Http.BaseAddress!, "v1"),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        };
        return new OpenAIClient(new ApiKeyCredential("any"), options);
    }

    private async Task<JsonElement> PostAsync(object request, string route = "v1/completions")
    {
        using var response = await _app.Http.PostAsJsonAsync(route, request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    // Of each token: its log-probability, and the likeliest in its place; from a pass over the whole text.
    private (double[] LogProbabilities, int[] Best) Reference(int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Create(_app.Tokenizer);
        var input = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0); // (1, T)
        var logits = model.Logits(model.Forward(input))[0]; // (T, V)
        var scores = logits.log_softmax(-1); // (T, V)
        var best = logits.argmax(-1); // (T)
        var expected = new double[ids.Length];
        var likeliest = new int[ids.Length];
        for (var k = 1; k < ids.Length; k++)
        {
            expected[k] = scores[k - 1][ids[k]].item<float>();
            likeliest[k] = (int)best[k - 1].item<long>();
        }

        return (expected, likeliest);
    }
}
