using System.Runtime.InteropServices;

namespace Platform.Collectives.Mpi;

/// <summary>
/// Ranks that exchange numbers over MPI, in the memory of processors. One thread at a time.
/// </summary>
/// <remarks>
/// Large buffers are summed where they are, in pieces that fit the processors' caches; small ones are gathered in a
/// bucket first, since a call costs more than the few numbers in it. Nothing overlaps with the computation: on
/// processors the exchange is work for the same cores, and libtorch's managed interface has no hooks that tell when a
/// gradient is complete.
/// </remarks>
public sealed unsafe class MpiCommunicator : ICommunicator
{
    /// <summary>Numbers exchanged by one call: 4 MiB of fp32.</summary>
    private const int PieceCount = 1 << 20;

    /// <summary>Buffers below it go through a bucket.</summary>
    private const int DirectCount = 1 << 16;

    private readonly MpiLibrary _mpi;
    private readonly float* _bucket;
    private bool _aborted;

    private MpiCommunicator(MpiLibrary mpi)
    {
        _mpi = mpi;
        (Rank, World, Name) = (mpi.Rank(), mpi.Size(), mpi.Version());
        _bucket = (float*)NativeMemory.AlignedAlloc(PieceCount * sizeof(float), 64);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int World { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Joins the ranks that the launcher has started; call it once in a process.</summary>
    /// <exception cref="LibraryMissingException">The library is not installed; names the package.</exception>
    /// <exception cref="CommunicationException">The ranks do not find each other.</exception>
    public static MpiCommunicator Join(MpiFlavour flavour)
    {
        // UCX, below MPICH, would take SIGSEGV from .NET, which makes NullReferenceExceptions of it.
        NativeEnvironment.Set("UCX_ERROR_SIGNALS", "");
        NativeEnvironment.Set("UCX_HANDLE_ERRORS", "none");
        // Open MPI's ranks run side by side on one machine without asking for a core each.
        NativeEnvironment.Set("OMPI_MCA_rmaps_base_oversubscribe", "1");
        var library = MpiLibrary.Load(flavour);
        library.Initialise();
        return new MpiCommunicator(library);
    }

    /// <inheritdoc/>
    public void AllReduceSum(IReadOnlyList<DeviceBuffer> buffers)
    {
        var bucket = new List<DeviceBuffer>();
        var held = 0L;
        foreach (var buffer in buffers)
        {
            if (buffer.Count >= DirectCount || buffer.Type != ElementType.Float32)
            {
                InPieces(buffer, _mpi.AllReduceSum);
                continue;
            }

            if (held + buffer.Count > PieceCount)
                (held, bucket) = (Exchange(bucket, held), []);
            bucket.Add(buffer);
            held += buffer.Count;
        }

        Exchange(bucket, held);
    }

    /// <inheritdoc/>
    public void Broadcast(IReadOnlyList<DeviceBuffer> buffers)
    {
        foreach (var buffer in buffers)
            InPieces(buffer, _mpi.Broadcast);
    }

    /// <summary>Rank 0's bytes, on all ranks.</summary>
    /// <param name="own">As many on every rank, a multiple of 8; only rank 0's matter.</param>
    public byte[] Share(byte[] own)
    {
        var copy = own.ToArray();
        fixed (byte* address = copy)
            _mpi.Broadcast(new DeviceBuffer((nint)address, copy.Length / sizeof(double), ElementType.Float64));
        return copy;
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        _aborted = true;
        _mpi.Abort(exitCode);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_bucket);
        if (!_aborted)
            _mpi.Finish();
    }

    private static void InPieces(DeviceBuffer buffer, Action<DeviceBuffer> exchange)
    {
        for (var start = 0L; start < buffer.Count; start += PieceCount)
            exchange(buffer.Slice(start, Math.Min(PieceCount, buffer.Count - start)));
    }

    /// <summary>Sums the numbers of many small buffers by one call.</summary>
    /// <returns>0: so much the bucket holds afterwards.</returns>
    private long Exchange(List<DeviceBuffer> buffers, long count)
    {
        if (count == 0)
            return 0;
        Copy(toBucket: true);
        _mpi.AllReduceSum(new DeviceBuffer((nint)_bucket, count));
        Copy(toBucket: false);
        return 0;

        void Copy(bool toBucket)
        {
            var place = _bucket;
            foreach (var buffer in buffers)
            {
                var own = new Span<float>((void*)buffer.Address, (int)buffer.Count);
                var slot = new Span<float>(place, (int)buffer.Count);
                if (toBucket)
                    own.CopyTo(slot);
                else
                    slot.CopyTo(own);
                place += buffer.Count;
            }
        }
    }
}
