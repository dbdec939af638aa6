using System.Globalization;
using System.Text.Json;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Grpc;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.OpenAi;

/// <summary>What a call to a completions route asks for, as calls of the gRPC service: one for each prompt.</summary>
/// <param name="Requests">The calls; checked.</param>
/// <param name="Stream">Whether the answer comes as server-sent events.</param>
/// <param name="IncludeUsage">Whether the stream ends with the usage.</param>
/// <param name="Messages">A chat's messages; empty for a text.</param>
internal sealed record CompletionCall(
    IReadOnlyList<StreamGenerateRequest> Requests,
    bool Stream,
    bool IncludeUsage,
    IReadOnlyList<ChatMessage> Messages)
{
    private const int DefaultMaxTokens = 16; // OpenAI's
    private const int MaxPrompts = 128;

    /// <summary>Reads and checks a call.</summary>
    /// <exception cref="InvalidArgumentException">Something is wrong.</exception>
    public static CompletionCall Read(RequestReader reader, CompletionKind kind)
    {
        var sampling = Sampling(reader);
        IReadOnlyList<StreamGenerateRequest> prompts;
        IReadOnlyList<ChatMessage> messages = [];
        if (kind == CompletionKind.Text)
        {
            ReadTextOnly(reader, sampling);
            prompts = Prompts(reader);
        }
        else
        {
            ReadChatOnly(reader, sampling);
            messages = ChatMessage.ReadAll(reader);
            prompts = [new StreamGenerateRequest()];
        }

        var model = reader.Text("model") ?? "";
        var adapter = reader.Text("adapter") ?? "";
        var priority = reader.Whole("priority") ?? 0;
        var caller = reader.Text("user") ?? "";
        var stream = reader.Flag("stream");
        var includeUsage = IncludesUsage(reader);
        reader.Ignore("store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key");
        reader.RefuseOthers();
        foreach (var request in prompts)
        {
            (request.Model, request.Adapter, request.Priority, request.Caller) = (model, adapter, priority, caller);
            request.Sampling = sampling;
            RequestChecks.Check(request);
        }

        return new CompletionCall(prompts, stream, includeUsage, messages);
    }

    private static SamplingParameters Sampling(RequestReader reader)
    {
        var sampling = new SamplingParameters
        {
            PresencePenalty = reader.Number("presence_penalty") ?? 0,
            FrequencyPenalty = reader.Number("frequency_penalty") ?? 0,
            IgnoreEndOfText = reader.Flag("ignore_eos"),
        };
        if (reader.Number("temperature") is { } temperature)
            sampling.Temperature = temperature;
        if (reader.Number("top_p") is { } topP)
            sampling.TopP = topP;
        if (reader.Whole("top_k") is { } topK)
            sampling.TopK = topK;
        if (reader.Number("min_p") is { } minP)
            sampling.MinP = minP;
        if (reader.Number("repetition_penalty") is { } repetition)
            sampling.RepetitionPenalty = repetition;
        if (reader.Long("seed") is { } seed)
            sampling.Seed = seed;
        if (reader.Whole("n") is { } n)
            sampling.N = n;
        if (reader.Find("stop") is { } stop)
            sampling.Stop.AddRange(Each(stop, "stop", RequestReader.Text));
        if (reader.Find("stop_token_ids") is { } stopIds)
            sampling.StopIds.AddRange(Each(stopIds, "stop_token_ids", RequestReader.Whole));
        if (reader.Find("logit_bias") is { } biases)
            ReadBiases(biases, sampling);
        return sampling;
    }

    // Ids are strings there: JSON has no other keys.
    private static void ReadBiases(JsonElement biases, SamplingParameters sampling)
    {
        if (biases.ValueKind != JsonValueKind.Object)
            throw new InvalidArgumentException("logit_bias", "must be an object of numbers by token ids.");
        foreach (var bias in biases.EnumerateObject())
        {
            if (!int.TryParse(bias.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || bias.Value.ValueKind != JsonValueKind.Number)
                throw new InvalidArgumentException("logit_bias", $"'{bias.Name}' is no token id with a number.");
            sampling.LogitBias[id] = bias.Value.GetDouble();
        }
    }

    private static void ReadTextOnly(RequestReader reader, SamplingParameters sampling)
    {
        sampling.MaxTokens = reader.Whole("max_tokens") ?? DefaultMaxTokens;
        sampling.Echo = reader.Flag("echo");
        if (reader.Whole("logprobs") is { } logprobs)
            sampling.Logprobs = logprobs;
        sampling.PromptLogprobs = sampling.Echo && sampling.HasLogprobs;
        reader.Refuse("suffix", value => Is(value, "suffix", ""));
        reader.Refuse("best_of", value => value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var best) && best == (sampling.HasN ? sampling.N : 1));
    }

    private static void ReadChatOnly(RequestReader reader, SamplingParameters sampling)
    {
        if ((reader.Whole("max_completion_tokens") ?? reader.Whole("max_tokens")) is { } most)
            sampling.MaxTokens = most;
        reader.Ignore("max_tokens");
        var top = reader.Whole("top_logprobs");
        if (reader.Flag("logprobs"))
            sampling.Logprobs = top ?? 0;
        else if (top is not null)
            throw new InvalidArgumentException("top_logprobs", "needs logprobs to be true.");
        reader.Refuse("tools", value => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);
        reader.Refuse("tool_choice", value => Is(value, "tool_choice", "none") || Is(value, "tool_choice", "auto"));
        reader.Refuse("response_format", value => value.ValueKind == JsonValueKind.Object
            && value.TryGetProperty("type", out var type) && Is(type, "response_format", "text"));
        reader.Ignore("parallel_tool_calls");
    }

    // Of a value of any kind.
    private static bool Is(JsonElement value, string place, string text) =>
        value.ValueKind == JsonValueKind.String && RequestReader.Text(value, place) == text;

    private static bool IncludesUsage(RequestReader reader)
    {
        if (reader.Find("stream_options") is not { } options)
            return false;
        if (options.ValueKind != JsonValueKind.Object)
            throw new InvalidArgumentException("stream_options", "must be an object.");
        return options.TryGetProperty("include_usage", out var include) && include.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new InvalidArgumentException("stream_options", "include_usage must be true or false."),
        };
    }

    // A string, strings, ids, or arrays of ids.
    private static List<StreamGenerateRequest> Prompts(RequestReader reader)
    {
        if (reader.Find("prompt") is not { } prompt)
            return [new StreamGenerateRequest()];
        if (prompt.ValueKind == JsonValueKind.String)
            return [OfText(prompt)];
        if (prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0)
            throw new InvalidArgumentException("prompt", "must be a string, strings, token ids, or arrays of them.");
        if (prompt[0].ValueKind == JsonValueKind.Number)
            return [OfIds(prompt)];
        if (prompt.GetArrayLength() > MaxPrompts)
            throw new InvalidArgumentException("prompt", $"may have {MaxPrompts} prompts at the most.");
        return
        [
            .. prompt.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.Array ? OfIds(one) : OfText(one)),
        ];
    }

    private static StreamGenerateRequest OfText(JsonElement text) =>
        new() { Prompt = RequestReader.Text(text, "prompt") };

    private static StreamGenerateRequest OfIds(JsonElement ids) =>
        new() { PromptIds = { Each(ids, "prompt", RequestReader.Whole) } };

    private static List<T> Each<T>(JsonElement value, string name, Func<JsonElement, string, T> read) =>
        value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(item => read(item, name)).ToList()
            : [read(value, name)];
}
