using System.Text;
using Platform.Datasets.Corpus;
using Platform.InferenceHost.Models;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// How well a model predicts a text the way it is served: in its precision and with its adapter, so that precisions can
/// be told apart by their quality. The text goes through the engine as prompts do, behind others in the queue.
/// </summary>
internal sealed class PerplexityMeasure(ModelRegistry models, TextGenerationFactory generations)
{
    /// <summary>Characters of a text at the most.</summary>
    public const int MaxCharacters = 256 * 1024;

    private const int FixedBytes = 4000;

    // The same for everyone and for ever: figures of different days can be put side by side.
    private static readonly string s_fixed =
        string.Join('\n', new StoryCorpus(0).Stories(FixedBytes).Select(story => story.Text));

    /// <summary>Measures it.</summary>
    /// <param name="request">Which model.</param>
    /// <param name="text">The text; empty: the fixed one.</param>
    /// <param name="caller">Whose turn it is in the queue.</param>
    /// <param name="cancellationToken">Ends it within one piece of the text.</param>
    /// <exception cref="InvalidArgumentException">The tokenizer does not know a character, or nothing can be predicted.
    /// </exception>
    public async Task<PerplexityFigures> RunAsync(
        ModelRequest request, string text, string caller, CancellationToken cancellationToken)
    {
        using var lease = await models.AcquireAsync(request, cancellationToken);
        var model = lease.Model;
        var bytes = Encoding.UTF8.GetBytes(text.Length > 0 ? text : s_fixed);
        var tokens = Encode(model, bytes);
        var (sum, count) = (0.0, 0);
        // The last token of a window is the first one of the next, which it has to be predicted from.
        for (var at = 0; at < tokens.Length - 1; at += model.ContextLength - 1)
        {
            var window = tokens[at..Math.Min(tokens.Length, at + model.ContextLength)];
            foreach (var score in await ScoreAsync(request, window, caller, cancellationToken))
            {
                sum -= score;
                count++;
            }
        }

        return new PerplexityFigures(model, sum, count, bytes.Length);
    }

    private static int[] Encode(LoadedModel model, byte[] bytes)
    {
        try
        {
            int[] begin = model.Tokenizer.EndOfText is { } end ? [end] : [];
            int[] tokens = [.. begin, .. model.Tokenizer.Encode(bytes)];
            return tokens.Length > 1
                ? tokens
                : throw new InvalidArgumentException("text", "There is nothing to predict in it.");
        }
        catch (UnknownCharacterException e)
        {
            throw new InvalidArgumentException("text", e.Message);
        }
    }

    private async Task<IReadOnlyList<double>> ScoreAsync(
        ModelRequest request, int[] window, string caller, CancellationToken cancellationToken)
    {
        using var generation = await generations.StartAsync(
            new GenerationRequest
            {
                Model = request.Model,
                Adapter = request.Adapter,
                PromptIds = window,
                PromptField = "text",
                MaxTokens = 0,
                PromptLogprobs = true,
                Logprobs = 0,
                Sampling = new SamplingOptions(),
                Caller = caller,
            },
            cancellationToken);
        await foreach (var _ in generation.ReadAsync(cancellationToken))
        {
            // The scores are there once the text has ended.
        }

        return [.. generation.PromptScores.Skip(1).Select(score => score!.Token.LogProbability)];
    }
}
