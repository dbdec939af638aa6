using System.Diagnostics;
using Platform.InferenceHost.Models;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// One text being generated. The engine's thread moves it on; the call that asked for it reads its feed.
/// </summary>
/// <param name="model">The model; the caller's lease keeps it in memory.</param>
/// <param name="prompt">The prompt's tokens, at least one.</param>
/// <param name="settings">How tokens are chosen and when it ends.</param>
/// <param name="feed">Where its updates go.</param>
/// <param name="index">Which of the request's texts it is.</param>
/// <param name="cancellation">Set when nobody waits for the text any more.</param>
internal sealed class GenerationJob(
    LoadedModel model,
    int[] prompt,
    GenerationSettings settings,
    GenerationFeed feed,
    int index,
    CancellationToken cancellation)
{
    private readonly Utf8StreamDecoder _decoder = model.Tokenizer.CreateStreamDecoder();
    private readonly StopTextFilter _stops = new(settings.Stops);
    private readonly TokenHistory? _history = settings.Sampling.HasPenalties ? new(prompt) : null;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _abandoned;
    private int _generated;
    private long _lastTokenTime;

    /// <summary>The model.</summary>
    public LoadedModel Model => model;

    /// <summary>The prompt's tokens.</summary>
    public int[] Prompt => prompt;

    /// <summary>How it is generated.</summary>
    public GenerationSettings Settings => settings;

    /// <summary>Who asked.</summary>
    public required string Caller { get; init; }

    /// <summary>Higher ones leave the queue first.</summary>
    public int Priority { get; init; }

    /// <summary>When the call arrived, loading not included.</summary>
    public required long Arrived { get; init; }

    /// <summary>Whether nobody waits for the text any more.</summary>
    public bool IsUnwanted => _abandoned || cancellation.IsCancellationRequested;

    /// <summary>Prompt tokens that the model has seen.</summary>
    public int Prefilled { get; set; }

    /// <summary>Prompt tokens that were in the cache already.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Whether it is past its prompt.</summary>
    public bool IsDecoding => Prefilled == prompt.Length;

    /// <summary>The token chosen last: the next input.</summary>
    public int LastToken { get; private set; }

    /// <summary>Scores of the prompt's tokens, the first one's null; complete before the first update.</summary>
    public List<TokenScores?> PromptScores { get; } = [];

    /// <summary>Completes when the engine is done with it and touches its model no more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Tells the engine that the text is not wanted any more.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Takes the scores of what may follow a prompt's token at <paramref name="position"/>.</summary>
    public void ScorePrompt(int position, ReadOnlySpan<float> logits)
    {
        if (PromptScores.Count == 0)
            PromptScores.Add(null);
        if (position + 1 < prompt.Length)
            PromptScores.Add(TokenScores.Of(Known(logits), prompt[position + 1], settings.Logprobs ?? 0));
    }

    /// <summary>Takes the scores of the next token.</summary>
    public void Choose(ReadOnlySpan<float> logits)
    {
        var known = Known(logits);
        try
        {
            var token = settings.MaxTokens == 0
                ? 0
                : Sampler.Next(known, settings.Sampling, prompt.Length + _generated, _history);
            if (settings.MaxTokens == 0)
                Complete(new GenerationUpdate(index, "", null, GenerationEnd.Length, null));
            else
                Accept(token, settings.Logprobs is { } top ? TokenScores.Of(known, token, top) : null);
        }
        catch (ArgumentException e)
        {
            Abort(new DataLossException("MODEL_DAMAGED", $"'{model.Source.Name}' cannot generate: {e.Message}", e));
        }
    }

    /// <summary>Ends without a result: cancelled (no error), or by an error.</summary>
    public void Abort(Exception? error)
    {
        feed.Fail(error ?? new OperationCanceledException(cancellation));
        _ended.TrySetResult();
    }

    // A model may have more ids than its tokenizer has tokens; they mean nothing.
    private ReadOnlySpan<float> Known(ReadOnlySpan<float> logits) =>
        logits[..Math.Min(logits.Length, model.Tokenizer.VocabularySize)];

    private void Accept(int token, TokenScores? scores)
    {
        Measure();
        if ((!settings.IgnoreEndOfText && token == model.Tokenizer.EndOfText) || settings.StopIds.Contains(token))
        {
            Complete(new GenerationUpdate(index, _stops.Flush(), null, GenerationEnd.Stop, null));
            return;
        }

        _generated++;
        _history?.Add(token);
        LastToken = token;
        var text = _stops.Push(Decode(token));
        if (_stops.Stopped)
            Complete(new GenerationUpdate(index, text, token, GenerationEnd.Stop, scores));
        else if (_generated == settings.MaxTokens)
            // Bytes that wait for the rest of their character are dropped: half a character is no text.
            Complete(new GenerationUpdate(index, text + _stops.Flush(), token, GenerationEnd.Length, scores));
        else
            feed.Write(new GenerationUpdate(index, text, token, null, scores));
    }

    private void Measure()
    {
        var now = Stopwatch.GetTimestamp();
        var metrics = model.Base.Metrics;
        if (_generated == 0)
        {
            metrics.Prompt(prompt.Length, CachedTokens);
            metrics.FirstToken(Stopwatch.GetElapsedTime(Arrived, now));
        }
        else
        {
            metrics.NextToken(Stopwatch.GetElapsedTime(_lastTokenTime, now));
        }

        _lastTokenTime = now;
    }

    // A vocabulary may leave ids out; a model can still choose them.
    private string Decode(int token) =>
        model.Tokenizer.TokenBytes(token).IsEmpty ? "" : _decoder.Append(token);

    private void Complete(GenerationUpdate update)
    {
        feed.Write(update);
        feed.Close();
        _ended.TrySetResult();
    }
}
