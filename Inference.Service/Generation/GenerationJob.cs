using System.Threading.Channels;
using Platform.InferenceHost.Models;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// One text being generated. The engine's thread moves it on; the call that asked for it reads <see cref="Updates"/>.
/// </summary>
/// <param name="model">The model; the caller's lease keeps it in memory.</param>
/// <param name="prompt">The prompt's tokens, at least one.</param>
/// <param name="settings">How tokens are chosen and when it ends.</param>
/// <param name="cancellation">Set when nobody waits for the text any more.</param>
internal sealed class GenerationJob(
    LoadedModel model, int[] prompt, GenerationSettings settings, CancellationToken cancellation)
{
    // Holds at most max_tokens updates, so it needs no bound, and the engine never waits for a slow reader.
    private readonly Channel<GenerationUpdate> _updates =
        Channel.CreateUnbounded<GenerationUpdate>(new() { SingleReader = true, SingleWriter = true });

    private readonly Utf8StreamDecoder _decoder = model.Tokenizer.CreateStreamDecoder();
    private readonly StopTextFilter _stops = new(settings.Stops);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _abandoned;
    private int _generated;

    /// <summary>The model.</summary>
    public LoadedModel Model => model;

    /// <summary>The prompt's tokens.</summary>
    public int[] Prompt => prompt;

    /// <summary>Whether nobody waits for the text any more.</summary>
    public bool IsUnwanted => _abandoned || cancellation.IsCancellationRequested;

    /// <summary>Prompt tokens that the model has seen.</summary>
    public int Prefilled { get; set; }

    /// <summary>The token chosen last: the next input.</summary>
    public int LastToken { get; private set; }

    /// <summary>Completes when the engine is done with it and touches its model no more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>One update a token; the last has an end. Fails where the engine does.</summary>
    public ChannelReader<GenerationUpdate> Updates => _updates.Reader;

    /// <summary>Tells the engine that the text is not wanted any more.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Takes the scores of the next token.</summary>
    public void Choose(ReadOnlySpan<float> logits)
    {
        // A model may have more ids than its tokenizer has tokens; they mean nothing.
        var known = logits[..Math.Min(logits.Length, model.Tokenizer.VocabularySize)];
        try
        {
            Accept(Sampler.Next(known, settings.Sampling, prompt.Length + _generated));
        }
        catch (ArgumentException e)
        {
            Abort(new DataLossException("MODEL_DAMAGED", $"'{model.Source.Name}' cannot generate: {e.Message}", e));
        }
    }

    /// <summary>Ends without a result: cancelled (no error), or by an error.</summary>
    public void Abort(Exception? error)
    {
        _updates.Writer.TryComplete(error ?? new OperationCanceledException(cancellation));
        _ended.TrySetResult();
    }

    private void Accept(int token)
    {
        if (!settings.IgnoreEndOfText && token == model.Tokenizer.EndOfText)
        {
            Complete(new GenerationUpdate(_stops.Flush(), null, GenerationEnd.Stop));
            return;
        }

        _generated++;
        LastToken = token;
        var text = _stops.Push(Decode(token));
        if (_stops.Stopped)
            Complete(new GenerationUpdate(text, token, GenerationEnd.Stop));
        else if (_generated == settings.MaxTokens)
            // Bytes that wait for the rest of their character are dropped: half a character is no text.
            Complete(new GenerationUpdate(text + _stops.Flush(), token, GenerationEnd.Length));
        else
            _updates.Writer.TryWrite(new GenerationUpdate(text, token, null));
    }

    // A vocabulary may leave ids out; a model can still choose them.
    private string Decode(int token) =>
        model.Tokenizer.TokenBytes(token).IsEmpty ? "" : _decoder.Append(token);

    private void Complete(GenerationUpdate update)
    {
        _updates.Writer.TryWrite(update);
        _updates.Writer.TryComplete();
        _ended.TrySetResult();
    }
}
