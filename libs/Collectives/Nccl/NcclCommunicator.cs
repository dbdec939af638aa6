namespace Platform.Collectives.Nccl;

/// <summary>Ranks that exchange numbers over NCCL, in the memory of NVIDIA's cards: one card, one rank.</summary>
/// <remarks>All buffers of a call are one group, which NCCL takes as one piece of work on the default stream.</remarks>
public sealed class NcclCommunicator : ICommunicator
{
    private readonly NcclLibrary _nccl;

    private NcclCommunicator(NcclLibrary nccl, int rank, int world)
    {
        _nccl = nccl;
        (Rank, World) = (rank, world);
        Name = $"NCCL {nccl.Version()}";
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int World { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Joins the other ranks, on this thread's present card.</summary>
    /// <param name="rank">This process, from 0.</param>
    /// <param name="world">Processes in all.</param>
    /// <param name="exchange">Hands rank 0's id to all: the own bytes and whether this is rank 0;
    /// rank 0's bytes.</param>
    /// <exception cref="LibraryMissingException">The library is not installed; names the package.</exception>
    /// <exception cref="CommunicationException">The ranks do not find each other.</exception>
    public static NcclCommunicator Join(int rank, int world, Func<byte[], bool, byte[]> exchange)
    {
        var nccl = NcclLibrary.Load();
        var id = exchange(rank == 0 ? nccl.CreateId() : new byte[NcclLibrary.IdBytes], rank == 0);
        nccl.Join(id, rank, world);
        return new NcclCommunicator(nccl, rank, world);
    }

    /// <inheritdoc/>
    public void AllReduceSum(IReadOnlyList<DeviceBuffer> buffers) => _nccl.AllReduceSum(buffers);

    /// <inheritdoc/>
    public void Broadcast(IReadOnlyList<DeviceBuffer> buffers) => _nccl.Broadcast(buffers);

    /// <inheritdoc/>
    public void Abort(int exitCode) => _nccl.Abort();

    /// <inheritdoc/>
    public void Dispose() => _nccl.Destroy();
}
