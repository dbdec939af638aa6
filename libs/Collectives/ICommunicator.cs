namespace Platform.Collectives;

/// <summary>
/// The processes that train one model together, as one of them sees them. Every exchange is asked for by all ranks, in
/// the same order and with the same sizes, or none returns.
/// </summary>
public interface ICommunicator : IDisposable
{
    /// <summary>This process, from 0 to <see cref="World"/> − 1.</summary>
    int Rank { get; }

    /// <summary>Processes in all, at least 1.</summary>
    int World { get; }

    /// <summary>What does the exchange, for people: <c>MPICH 4.0.2</c>, <c>NCCL 2.21.5</c>.</summary>
    string Name { get; }

    /// <summary>Puts the sum over all ranks in the place of each rank's own numbers.</summary>
    /// <exception cref="CommunicationException">A rank is gone, or the library failed.</exception>
    void AllReduceSum(IReadOnlyList<DeviceBuffer> buffers);

    /// <summary>Puts rank 0's numbers in the place of all others'.</summary>
    /// <exception cref="CommunicationException">A rank is gone, or the library failed.</exception>
    void Broadcast(IReadOnlyList<DeviceBuffer> buffers);

    /// <summary>Ends all ranks at once: this one cannot go on, and the others would wait for it for ever.</summary>
    /// <param name="exitCode">Of the processes, as far as the launcher lets it through.</param>
    void Abort(int exitCode);
}
