using System.Threading.Channels;

namespace Platform.InferenceHost.Generation;

/// <summary>The updates of a request's texts on their way from the engine to the call.</summary>
/// <param name="texts">How many texts write to it.</param>
internal sealed class GenerationFeed(int texts)
{
    // Holds at most max_tokens updates a text, so it needs no bound, and the engine never waits for a slow reader.
    private readonly Channel<GenerationUpdate> _updates =
        Channel.CreateUnbounded<GenerationUpdate>(new() { SingleReader = true });

    private int _open = texts;

    /// <summary>One update a token; the last of each text has an end. Fails where the engine does.</summary>
    public ChannelReader<GenerationUpdate> Updates => _updates.Reader;

    /// <summary>Hands an update over.</summary>
    public void Write(GenerationUpdate update) => _updates.Writer.TryWrite(update);

    /// <summary>One text is complete.</summary>
    public void Close()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            _updates.Writer.TryComplete();
    }

    /// <summary>A text cannot be completed, and so the request fails.</summary>
    public void Fail(Exception error) => _updates.Writer.TryComplete(error);
}
