using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Platform.InferenceHost.Models;
using Platform.Tokenization;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>Starts generations: takes the model, encodes the prompt, sees that all fits, and queues.</summary>
internal sealed class TextGenerationFactory(ModelRegistry models, GenerationEngine engine)
{
    private const int DefaultMaxTokens = 128;

    /// <summary>A seed for a call that names none; never negative, and with room for further texts.</summary>
    public static long NewSeed() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & (long.MaxValue >> 1);

    /// <summary>Starts a generation; loads the model if need be.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends the generation within one token.</param>
    /// <exception cref="InvalidArgumentException">
    /// The prompt has a character or an id that the tokenizer does not know, or does not fit the context with the new
    /// tokens.
    /// </exception>
    /// <exception cref="ResourceExhaustedException">Too many generations wait, or no room for the model.</exception>
    public async Task<TextGeneration> StartAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        var lease = await models.AcquireAsync(
            new ModelRequest(request.Model) { Adapter = request.Adapter }, cancellationToken);
        try
        {
            var model = lease.Model;
            var arrived = Stopwatch.GetTimestamp() - (long)(lease.ResolveSeconds * Stopwatch.Frequency);
            var tokens = Encode(model, request);
            Check(model, request);
            var settings = new GenerationSettings
            {
                Sampling = request.Sampling,
                MaxTokens = FitTokens(model, tokens.Length, request),
                Stops = request.Stops,
                StopIds = request.StopIds,
                IgnoreEndOfText = request.IgnoreEndOfText,
                Logprobs = request.Logprobs,
                PromptLogprobs = request.PromptLogprobs,
            };
            var feed = new GenerationFeed(request.Count);
            var jobs = Enumerable.Range(0, request.Count).Select(index => new GenerationJob(
                model, tokens, Seeded(settings, index), feed, index, cancellationToken)
            {
                Caller = request.Caller,
                Priority = request.Priority,
                Arrived = arrived,
            }).ToList();
            engine.Submit(jobs);
            var prompt = request.PromptIds is null ? request.Prompt : model.Tokenizer.Decode(tokens);
            return new TextGeneration(lease, prompt, jobs, feed);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    // Each further text is what a request of its own with the next seed would get; its prompt is scored once.
    private static GenerationSettings Seeded(GenerationSettings settings, int index) =>
        index == 0 ? settings : settings with
        {
            Sampling = settings.Sampling with { Seed = unchecked(settings.Sampling.Seed + index) },
            PromptLogprobs = false,
        };

    private static int[] Encode(LoadedModel model, GenerationRequest request)
    {
        if (request.PromptIds is { Count: > 0 } ids)
            return CheckIds(model, ids, request.PromptField);
        var prompt = request.Prompt;
        if (prompt.Length == 0)
        {
            return model.Tokenizer.EndOfText is { } end
                ? [end]
                : throw new InvalidArgumentException(
                    request.PromptField,
                    "It is empty, and the model's tokenizer has no end of text to begin after.");
        }

        // A token is at least one byte of the prompt or, at most, a very long run; what cannot fit is not encoded.
        const int MaxBytesPerToken = 1024;
        if (prompt.Length > (long)model.ContextLength * MaxBytesPerToken)
            throw TooLong(model, Invariant($"{prompt.Length} characters"), 1, request.PromptField);
        try
        {
            return model.Tokenizer.Encode(prompt, SpecialTokenHandling.Allowed);
        }
        catch (UnknownCharacterException e)
        {
            throw new InvalidArgumentException(request.PromptField, e.Message);
        }
    }

    private static int[] CheckIds(LoadedModel model, IReadOnlyList<int> ids, string field)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (!model.Tokenizer.IsToken(ids[i]))
            {
                throw new InvalidArgumentException(
                    field, Invariant($"The id {ids[i]} at {i} is no token of '{model.Source.Name}'."));
            }
        }

        return [.. ids];
    }

    private static void Check(LoadedModel model, GenerationRequest request)
    {
        foreach (var id in request.Sampling.LogitBias.Keys.Concat(request.StopIds))
        {
            if (id < 0 || id >= model.Tokenizer.VocabularySize)
            {
                throw new InvalidArgumentException(
                    request.StopIds.Contains(id) ? "sampling.stop_ids" : "sampling.logit_bias",
                    Invariant($"{id} is no token of '{model.Source.Name}'."));
            }
        }
    }

    private static int FitTokens(LoadedModel model, int promptTokens, GenerationRequest request)
    {
        var (room, maxTokens) = (model.ContextLength - promptTokens, request.MaxTokens);
        if (maxTokens > model.ContextLength)
        {
            throw new InvalidArgumentException(
                request.MaxTokensField,
                Invariant($"must be 1 to the context length, {model.ContextLength}, not {maxTokens}."));
        }

        return room >= (maxTokens ?? 1)
            ? maxTokens ?? Math.Min(DefaultMaxTokens, room)
            : throw TooLong(model, Invariant($"{promptTokens} tokens"), maxTokens ?? 1, request.PromptField);
    }

    private static InvalidArgumentException TooLong(
        LoadedModel model, string promptTokens, int newTokens, string field) => new(
            field,
            Invariant($"The prompt's {promptTokens} and {newTokens} new ones exceed ")
                + Invariant($"the context: {model.ContextLength} tokens."));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
