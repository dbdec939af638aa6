using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Tensors as they are now, for a thread that writes them while another goes on training. Nothing is copied at first:
/// <see cref="Release"/>, called before the tensors change, waits for the one being written and copies those that have
/// not been written yet.
/// </summary>
public sealed class TensorSnapshot : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Tensor, Tensor?> _pending = new(ReferenceEqualityComparer.Instance);
    private readonly List<Tensor> _copies = [];
    private readonly ManualResetEventSlim _idle = new(initialState: true);
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
    /// Hands a tensor's values as they were to <paramref name="use"/>. Each tensor is read once; one that the snapshot
    /// does not know is read as it is.
    /// </summary>
    public void Read(Tensor tensor, Action<Tensor> use)
    {
        Tensor source;
        lock (_lock)
        {
            var known = _pending.Remove(tensor, out var copy);
            if (known && copy is null)
                _idle.Reset();
            source = copy ?? tensor;
        }

        try
        {
            use(source);
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
        using var noGrad = no_grad();
        lock (_lock)
        {
            foreach (var tensor in _pending.Keys.ToList())
            {
                using var scope = NewDisposeScope();
                var copy = tensor.detach().clone().DetachFromDisposeScope();
                _copies.Add(copy);
                _pending[tensor] = copy;
                CopiedBytes += tensor.NumberOfElements * tensor.ElementSize;
            }
        }

        _idle.Wait();
    }

    /// <summary>Lets go of the copies; on the thread that made them, and when nothing reads them any longer.</summary>
    public void Dispose()
    {
        foreach (var copy in _copies)
            copy.Dispose();
        _pending.Clear();
        _idle.Dispose();
    }
}
