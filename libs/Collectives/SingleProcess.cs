namespace Platform.Collectives;

/// <summary>A world of one: needs no library and does nothing.</summary>
public sealed class SingleProcess : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int World => 1;

    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public void AllReduceSum(IReadOnlyList<DeviceBuffer> buffers)
    {
        // The sum over one rank is what it has.
    }

    /// <inheritdoc/>
    public void Broadcast(IReadOnlyList<DeviceBuffer> buffers)
    {
        // Nobody else wants them.
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        // Nobody waits.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
