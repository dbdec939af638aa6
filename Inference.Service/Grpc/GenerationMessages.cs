using Google.Protobuf;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Generation;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.InferenceHost.Grpc;

/// <summary>Turns what the engine gives into messages.</summary>
internal static class GenerationMessages
{
    /// <summary>A request of one text, or of the first of several, with its seed chosen.</summary>
    public static GenerationRequest ToRequest(StreamGenerateRequest request, string connection)
    {
        var sampling = request.Sampling ?? new SamplingParameters();
        var seed = sampling.HasSeed ? sampling.Seed : TextGenerationFactory.NewSeed();
        return new GenerationRequest
        {
            Model = request.Model,
            Adapter = request.Adapter,
            Prompt = request.Prompt,
            PromptIds = request.PromptIds.Count > 0 ? request.PromptIds : null,
            PromptField = request.PromptIds.Count > 0 ? "prompt_ids" : "prompt",
            Sampling = RequestChecks.ToOptions(sampling, seed),
            Count = sampling.HasN ? sampling.N : 1,
            Stops = sampling.Stop,
            StopIds = sampling.StopIds.ToHashSet(),
            MaxTokens = sampling.HasMaxTokens ? sampling.MaxTokens : null,
            IgnoreEndOfText = sampling.IgnoreEndOfText,
            Logprobs = sampling.HasLogprobs ? sampling.Logprobs : null,
            PromptLogprobs = sampling.PromptLogprobs,
            Priority = request.Priority,
            Caller = request.Caller.Length > 0 ? request.Caller : connection,
        };
    }

    /// <summary>The same request, streamed.</summary>
    public static StreamGenerateRequest ToStreamed(GenerateRequest request) => new()
    {
        Model = request.Model,
        Prompt = request.Prompt,
        Sampling = request.Sampling,
        PromptIds = { request.PromptIds },
        Adapter = request.Adapter,
        Priority = request.Priority,
        Caller = request.Caller,
    };

    /// <summary>Why a text ended.</summary>
    public static FinishReason ToMessage(GenerationEnd end) => end switch
    {
        GenerationEnd.Stop => FinishReason.Stop,
        GenerationEnd.Length => FinishReason.Length,
        _ => FinishReason.Unspecified,
    };

    /// <summary>What a generation took so far.</summary>
    public static Usage ToUsage(TextGeneration generation) => new()
    {
        PromptTokens = generation.PromptIds.Count,
        CompletionTokens = generation.CompletionTokens,
        FirstTokenSeconds = generation.FirstTokenSeconds,
        TokensPerSecond = generation.TokensPerSecond,
        LoadSeconds = generation.LoadSeconds,
        CachedPromptTokens = generation.CachedTokens,
    };

    /// <summary>A token's scores.</summary>
    public static TokenLogprob ToMessage(TokenScores scores, TextTokenizer tokenizer)
    {
        var message = new TokenLogprob
        {
            TokenId = scores.Token.Id,
            Token = ByteString.CopyFrom(tokenizer.TokenBytes(scores.Token.Id)),
            Logprob = scores.Token.LogProbability,
        };
        message.Top.AddRange(scores.Top.Select(top => new TopLogprob
        {
            TokenId = top.Id,
            Token = ByteString.CopyFrom(tokenizer.TokenBytes(top.Id)),
            Logprob = top.LogProbability,
        }));
        return message;
    }

    /// <summary>The prompt's scores; the first token has none.</summary>
    public static IEnumerable<TokenLogprob> PromptScores(TextGeneration generation)
    {
        var tokenizer = generation.Model.Tokenizer;
        return generation.PromptScores.Select((scores, i) => scores is null
            ? new TokenLogprob
            {
                TokenId = generation.PromptIds[i],
                Token = ByteString.CopyFrom(tokenizer.TokenBytes(generation.PromptIds[i])),
            }
            : ToMessage(scores, tokenizer));
    }
}
