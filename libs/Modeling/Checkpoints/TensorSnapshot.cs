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
                TensorBytes.Read(tensor, use);
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
            var memory = _memory = new HugePageMemory(_pending.Keys.Sum(t => HugePageMemory.Rounded(SizeOf(t))));
            var copies = _pending.Keys
                .Select(tensor => (Tensor: tensor, Copy: new Copy(memory.Take(SizeOf(tensor)), SizeOf(tensor))))
                .ToList();
            // What takes the time is memory that is new, and several threads get it sooner than one.
            var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() };
            Parallel.ForEach(copies, threads, entry =>
                TensorBytes.Read(entry.Tensor, bytes => bytes.CopyTo(entry.Copy.Bytes)));
            // Only now: were there no memory for all of them, what is being written would still be right.
            foreach (var (tensor, copy) in copies)
                _pending[tensor] = copy;
            CopiedBytes = copies.Sum(entry => SizeOf(entry.Tensor));
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

    private static long SizeOf(Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;

    private readonly struct Copy(byte* start, long length)
    {
        public Span<byte> Bytes => new(start, checked((int)length));
    }
}
