using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.OpenAi;

/// <summary>
/// Counts the bytes of all bodies that are being read or answered:
/// whoever sends when there are too many is told to wait.
/// </summary>
internal sealed class BodyMemory
{
    /// <summary>Bytes at the most.</summary>
    public const int MaxBytes = 8 * RequestReader.MaxBodyBytes;

    private long _held;

    /// <summary>Bytes that are held now.</summary>
    public long HeldBytes => Interlocked.Read(ref _held);

    /// <summary>Takes a few more bytes; they are held also where that is refused.</summary>
    /// <exception cref="ResourceExhaustedException">Too much is held already.</exception>
    public void Take(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) > MaxBytes)
            throw new ResourceExhaustedException("BODIES_FULL", "Too many large requests at once; try again later.");
    }

    /// <summary>Gives back what a body has taken.</summary>
    public void Return(int bytes) => Interlocked.Add(ref _held, -bytes);
}
