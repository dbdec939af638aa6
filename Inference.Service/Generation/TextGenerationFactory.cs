using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Platform.InferenceHost.Models;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>Starts generations: takes the model, encodes the prompt, sees that all fits, and queues.</summary>
internal sealed class TextGenerationFactory(ModelRegistry models, GenerationEngine engine)
{
    private const int DefaultMaxTokens = 128;

    /// <summary>A seed for a call that names none; never negative.</summary>
    public static long NewSeed() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;

    /// <summary>Starts a generation; loads the model if need be.</summary>
    /// <param name="reference">The model.</param>
    /// <param name="prompt">What the text follows; empty: the end of a text before it.</param>
    /// <param name="sampling">How tokens are drawn; checked.</param>
    /// <param name="stops">Stop texts; checked.</param>
    /// <param name="maxTokens">New tokens at most; null: 128, or what fits.</param>
    /// <param name="ignoreEndOfText">Whether to go on after the end of a text.</param>
    /// <param name="cancellationToken">Ends the generation within one token.</param>
    /// <exception cref="InvalidArgumentException">
    /// The prompt has a character that the tokenizer does not know, or does not fit the context with the new tokens.
    /// </exception>
    /// <exception cref="ResourceExhaustedException">Too many generations wait, or no room for the model.</exception>
    public async Task<TextGeneration> StartAsync(
        string reference,
        string prompt,
        SamplingOptions sampling,
        IReadOnlyList<string> stops,
        int? maxTokens,
        bool ignoreEndOfText,
        CancellationToken cancellationToken)
    {
        var arrived = Stopwatch.GetTimestamp();
        var lease = await models.AcquireAsync(reference, "model", device: "", cancellationToken);
        try
        {
            var model = lease.Model;
            var tokens = Encode(model, prompt);
            var settings = new GenerationSettings(
                sampling, stops, FitTokens(model, tokens.Length, maxTokens), ignoreEndOfText);
            var job = new GenerationJob(model, tokens, settings, cancellationToken);
            engine.Submit(job);
            return new TextGeneration(lease, job, arrived);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private static int[] Encode(LoadedModel model, string prompt)
    {
        if (prompt.Length == 0)
        {
            return model.Tokenizer.EndOfText is { } end
                ? [end]
                : throw new InvalidArgumentException(
                    "prompt", "It is empty, and the model's tokenizer has no end of text to begin after.");
        }

        // A token is at least one byte of the prompt or, at most, a very long run; what cannot fit is not encoded.
        const int MaxBytesPerToken = 1024;
        if (prompt.Length > (long)model.ContextLength * MaxBytesPerToken)
            throw TooLong(model, Invariant($"{prompt.Length} characters"), 1);
        try
        {
            return model.Tokenizer.Encode(prompt, SpecialTokenHandling.Allowed);
        }
        catch (UnknownCharacterException e)
        {
            throw new InvalidArgumentException("prompt", e.Message);
        }
    }

    private static int FitTokens(LoadedModel model, int promptTokens, int? maxTokens)
    {
        var room = model.ContextLength - promptTokens;
        if (maxTokens > model.ContextLength)
        {
            throw new InvalidArgumentException(
                "sampling.max_tokens",
                Invariant($"must be 1 to the context length, {model.ContextLength}, not {maxTokens}."));
        }

        return room >= (maxTokens ?? 1)
            ? maxTokens ?? Math.Min(DefaultMaxTokens, room)
            : throw TooLong(model, Invariant($"{promptTokens} tokens"), maxTokens ?? 1);
    }

    private static InvalidArgumentException TooLong(LoadedModel model, string promptTokens, int newTokens) => new(
        "prompt",
        Invariant(
            $"The prompt's {promptTokens} and {newTokens} new ones exceed the context: {model.ContextLength} tokens."));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
