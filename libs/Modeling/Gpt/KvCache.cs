using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The keys and values of tokens already seen, for a number of independent contexts ("slots") of different lengths.
/// Per layer two tensors (slots, n_head, capacity, head size) in the model's compute type.
/// </summary>
/// <remarks>Made by <see cref="Gpt.CreateCache"/>. Not safe for use by several threads at once.</remarks>
public sealed class KvCache : IDisposable
{
    private readonly int[] _lengths;

    internal KvCache(GptConfig config, int slots, int capacity, ScalarType type, Device device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, config.BlockSize);
        _lengths = new int[slots];
        Capacity = capacity;
        // Zeros: a masked position's value is still multiplied, by zero, and must be finite.
        Tensor New() => zeros(slots, config.NHead, capacity, config.HeadSize, dtype: type, device: device)
            .DetachFromDisposeScope();
        Keys = [.. Enumerable.Range(0, config.NLayer).Select(_ => New())];
        Values = [.. Enumerable.Range(0, config.NLayer).Select(_ => New())];
    }

    /// <summary>How many contexts it holds.</summary>
    public int Slots => _lengths.Length;

    /// <summary>The longest context in tokens.</summary>
    public int Capacity { get; }

    /// <summary>The cached tokens of each slot.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Bytes of the tensors.</summary>
    public long SizeBytes => Keys.Concat(Values).Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);

    internal Tensor[] Keys { get; } // layers × (S, nh, Tmax, hs)

    internal Tensor[] Values { get; } // layers × (S, nh, Tmax, hs)

    /// <summary>Forgets a slot's tokens from a length on; 0 empties it.</summary>
    public void Truncate(int slot, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lengths[slot]);
        _lengths[slot] = length;
    }

    /// <summary>Copies whole contexts to slots that follow one another, whose own are forgotten.</summary>
    /// <param name="sources">The slots with the contexts, outside of the others; each may serve several.</param>
    /// <param name="first">The slot that gets the first one's.</param>
    public void Gather(IReadOnlyList<int> sources, int first)
    {
        var longest = sources.Max(source => _lengths[source]);
        for (var i = 0; i < sources.Count; i++)
            _lengths[first + i] = _lengths[sources[i]];
        if (longest == 0)
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var slots = tensor(sources.Select(source => (long)source).ToArray(), device: Keys[0].device); // (n)
        foreach (var tensor in Keys.Concat(Values))
        {
            var seen = tensor.narrow(2, 0, longest); // (S, nh, longest, hs)
            seen.narrow(0, first, sources.Count).copy_(seen.index_select(0, slots)); // (n, nh, longest, hs)
        }
    }

    /// <summary>Copies the beginning of one slot's context to another, whose own is forgotten.</summary>
    /// <param name="source">The slot with the context.</param>
    /// <param name="target">Another slot.</param>
    /// <param name="length">Tokens to copy, at most the source's.</param>
    public void CopyBeginning(int source, int target, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lengths[source]);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var tensor in Keys.Concat(Values))
        {
            var context = tensor.narrow(0, source, 1).narrow(2, 0, length); // (1, nh, T, hs)
            tensor.narrow(0, target, 1).narrow(2, 0, length).copy_(context); // (1, nh, T, hs)
        }

        _lengths[target] = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Keys.Concat(Values))
            tensor.Dispose();
    }

    /// <summary>A layer's keys as memory; on the processor only.</summary>
    internal unsafe byte* KeyMemory(int layer) => Memory(Keys[layer]);

    /// <summary>A layer's values as memory; on the processor only.</summary>
    internal unsafe byte* ValueMemory(int layer) => Memory(Values[layer]);

    private static unsafe byte* Memory(Tensor tensor)
    {
        fixed (byte* start = tensor.bytes)
            return start; // libtorch's memory does not move
    }

    internal void Grow(int slot, int count) => _lengths[slot] += count;
}
