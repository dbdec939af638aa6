using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Tensors as they are now, for a thread that writes them while another goes on training. Nothing is copied at first:
/// <see cref="Release"/>, called before the tensors change, waits for the one being written and copies those that have
/// not been written yet. The copies lie in the processor's memory wherever the tensors are.
/// </summary>
public sealed unsafe class TensorSnapshot : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Tensor, Copy?> _pending = new(ReferenceEqualityComparer.Instance);
    private readonly ManualResetEventSlim _idle = new(initialState: true);
    private HugePageMemory? _memory;
    private bool _released;

    /// <summary>Takes note of tensors; they must not change until <see cref="Release"/>.</summary>
    public TensorSnapshot(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            _pending[tensor] = null;
    }

    /// <summary>Bytes that <see cref="Release"/> had to copy.</summary>
    public long CopiedBytes { get; private set; }

    /// <summary>
    /// Hands a tensor's values as they were to <paramref name="use"/>: its elements in order, as they lie in memory.
    /// Each tensor is read once; one that the snapshot does not know is read as it is.
    /// </summary>
    public void Read(Tensor tensor, Action<ReadOnlySpan<byte>> use)
    {
        Copy? copy;
        lock (_lock)
        {
            var known = _pending.Remove(tensor, out copy);
            if (known && copy is null)
                _idle.Reset();
        }

        try
        {
            if (copy is { } own)
                use(own.Bytes);
            else
                ReadBytes(tensor, use);
        }
        finally
        {
            _idle.Set();
        }
    }

    /// <summary>Makes the snapshot independent of the tensors: from now on they may change.</summary>
    public void Release()
    {
        if (_released)
            return;
        _released = true;
        lock (_lock)
        {
            var tensors = _pending.Keys.ToList();
            _memory = new HugePageMemory(tensors.Sum(tensor => HugePageMemory.Rounded(SizeOf(tensor))));
            foreach (var tensor in tensors)
                _pending[tensor] = new Copy(_memory.Take(SizeOf(tensor)), checked((int)SizeOf(tensor)));
            CopiedBytes = tensors.Sum(SizeOf);
            // What takes the time is memory that is new, and several threads get it sooner than one.
            var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() };
            Parallel.ForEach(_pending, threads, pending =>
                ReadBytes(pending.Key, bytes => bytes.CopyTo(pending.Value!.Value.Bytes)));
        }

        _idle.Wait();
    }

    /// <summary>Lets go of the copies, when nothing reads them any longer.</summary>
    public void Dispose()
    {
        _pending.Clear();
        _memory?.Dispose();
        _idle.Dispose();
    }

    /// <summary>Hands a tensor's elements in order to <paramref name="use"/>, as they lie in memory.</summary>
    internal static void ReadBytes(Tensor tensor, Action<ReadOnlySpan<byte>> use)
    {
        using var scope = NewDisposeScope();
        use(tensor.detach().cpu().contiguous().bytes);
    }

    private static long SizeOf(Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;

    private readonly struct Copy(byte* start, int length)
    {
        public Span<byte> Bytes => new(start, length);
    }
}
