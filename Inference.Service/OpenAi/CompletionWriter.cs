using Platform.Contracts.Inference.V1;
using Platform.InferenceHost.Generation;

namespace Platform.InferenceHost.OpenAi;

/// <summary>Collects the texts of one call and says them in OpenAI's words.</summary>
/// <param name="kind">Which form.</param>
/// <param name="model">The model as the caller calls it.</param>
/// <param name="sampling">What was asked for.</param>
/// <param name="now">When.</param>
/// <param name="generations">One for each prompt, each of n texts.</param>
internal sealed class CompletionWriter(
    CompletionKind kind,
    string model,
    SamplingParameters sampling,
    DateTimeOffset now,
    IReadOnlyList<TextGeneration> generations)
{
    private readonly string _id = (kind == CompletionKind.Chat ? "chatcmpl-" : "cmpl-") + Guid.NewGuid().ToString("N");
    private readonly List<ChoiceText> _choices =
    [
        .. generations.SelectMany(generation => Enumerable.Range(0, generation.Count)
            .Select(_ => new ChoiceText(generation, sampling.Echo, sampling.HasLogprobs))),
    ];

    /// <summary>Takes an update of a prompt's text.</summary>
    public void Add(int generation, GenerationUpdate update) => Choice(generation, update).Add(update);

    /// <summary>The whole answer, once all updates are in.</summary>
    public object Whole() => new
    {
        Id = _id,
        Object = kind == CompletionKind.Chat ? "chat.completion" : "text_completion",
        Created = now.ToUnixTimeSeconds(),
        Model = model,
        Choices = _choices.Select((choice, index) => kind == CompletionKind.Chat
            ? (object)new
            {
                Index = index,
                Message = new { Role = "assistant", Content = choice.Text, Refusal = (string?)null },
                Logprobs = choice.ChatLogprobs(),
                choice.FinishReason,
            }
            : new { choice.Text, Index = index, Logprobs = choice.TextLogprobs(), choice.FinishReason }),
        Usage = Usage(),
    };

    /// <summary>One update as a part of a stream.</summary>
    public object Part(int generation, GenerationUpdate update, bool includeUsage)
    {
        var choice = Choice(generation, update);
        var first = choice.IsEmpty;
        choice.Take();
        choice.Add(update);
        var index = _choices.IndexOf(choice);
        object part = kind == CompletionKind.Chat
            ? new
            {
                Index = index,
                Delta = first
                    ? new { Role = "assistant", Content = choice.Text }
                    : (object)new { Content = choice.Text },
                Logprobs = choice.ChatLogprobs(),
                choice.FinishReason,
            }
            : new { choice.Text, Index = index, Logprobs = choice.TextLogprobs(), choice.FinishReason };
        return Chunk([part], includeUsage, usage: null);
    }

    /// <summary>The last part of a stream whose caller wants the usage.</summary>
    public object UsageAlone() => Chunk([], includeUsage: true, Usage());

    private object Chunk(object[] choices, bool includeUsage, object? usage)
    {
        var name = kind == CompletionKind.Chat ? "chat.completion.chunk" : "text_completion";
        var created = now.ToUnixTimeSeconds();
        return includeUsage
            ? new { Id = _id, Object = name, Created = created, Model = model, Choices = choices, Usage = usage }
            : new { Id = _id, Object = name, Created = created, Model = model, Choices = choices };
    }

    private ChoiceText Choice(int generation, GenerationUpdate update) =>
        _choices[generations.Take(generation).Sum(other => other.Count) + update.Index];

    private object Usage()
    {
        var prompt = generations.Sum(generation => generation.PromptIds.Count);
        var completion = generations.Sum(generation => generation.CompletionTokens);
        return new
        {
            PromptTokens = prompt,
            CompletionTokens = completion,
            TotalTokens = prompt + completion,
            PromptTokensDetails = new { CachedTokens = generations.Sum(generation => generation.CachedTokens) },
        };
    }
}
