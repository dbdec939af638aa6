using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The rows of one pass over a <see cref="KvCache"/>: row r appends <c>counts[r]</c> tokens to slot <c>slots[r]</c>
/// and attends to all of that slot. Its tensors live in the dispose scope of the pass.
/// </summary>
internal sealed class CachedRows
{
    private readonly KvCache _cache;
    private readonly int[] _slots;
    private readonly int[] _counts;
    private readonly int[] _starts;
    private readonly int _time;
    private readonly int _keys; // how many cached positions the longest row sees
    private readonly bool _sameStart;
    private readonly bool _slotsInARow;
    private readonly Tensor? _mask; // (R, 1, T, keys): true where a query may look
    private readonly Tensor? _slotIndex; // (M): the slot of each valid token
    private readonly Tensor? _positionIndex; // (M): and its position
    private readonly Tensor? _validIndex; // (M): the rows of (R·T) that are no padding; null when all are valid
    private readonly Tensor? _packedIndex; // (R·T): where each row is among those; of padding anywhere
    private readonly Tensor? _slotSelection; // (R)

    public CachedRows(KvCache cache, int[] slots, int[] counts, int time, Device device)
    {
        (_cache, _slots, _counts, _time) = (cache, slots, counts, time);
        _starts = [.. slots.Select(slot => cache.Lengths[slot])];
        _keys = slots.Select((_, row) => _starts[row] + counts[row]).Max();
        _sameStart = _starts.All(start => start == _starts[0]);
        _slotsInARow = slots.Select((slot, row) => slot == slots[0] + row).All(x => x);
        var positions = Positions(clampTo: int.MaxValue);
        if (!(_sameStart && (_starts[0] == 0 || time == 1)))
        {
            var queries = tensor(positions, device: device).view(slots.Length, 1, time, 1); // (R, 1, T, 1)
            _mask = TensorNumbers.CountingTo(_keys, device) <= queries; // (R, 1, T, keys)
        }

        if (!_slotsInARow)
            _slotSelection = tensor(slots.Select(slot => (long)slot).ToArray(), device: device);
        var valid = Enumerable.Range(0, slots.Length * time).Where(i => i % time < counts[i / time]).ToArray();
        if (valid.Length < slots.Length * time)
        {
            _validIndex = tensor(valid.Select(i => (long)i).ToArray(), device: device);
            var packed = new long[slots.Length * time];
            foreach (var (place, i) in valid.Index())
                packed[i] = place;
            _packedIndex = tensor(packed, device: device);
        }

        if (_sameStart && _slotsInARow)
            return;
        _slotIndex = tensor(valid.Select(i => (long)slots[i / time]).ToArray(), device: device);
        _positionIndex = tensor(valid.Select(i => positions[i]).ToArray(), device: device);
    }

    /// <summary>Rows without padding, which is what all products are computed of.</summary>
    public Tensor Pack(Tensor x) => // (R·T, …) → (M, …)
        _validIndex is null ? x : x.index_select(0, _validIndex);

    /// <summary>The opposite; padding gets values without a meaning.</summary>
    public Tensor Unpack(Tensor x) => // (M, …) → (R·T, …)
        _packedIndex is null ? x : x.index_select(0, _packedIndex);

    /// <summary>The position of every token in its context, row by row, at most the one given.</summary>
    public long[] Positions(int clampTo) =>
        [.. from start in _starts from i in Enumerable.Range(0, _time) select Math.Min((long)start + i, clampTo)];

    /// <summary>Stores the new keys and values, then attends to old and new.</summary>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v) // each (R, nh, T, hs)
    {
        Store(_cache.Keys[layer], k);
        Store(_cache.Values[layer], v);
        if (_sameStart && _starts[0] == 0)
            return nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true); // (R, nh, T, hs)
        return nn.functional.scaled_dot_product_attention(
            q, Read(_cache.Keys[layer]), Read(_cache.Values[layer]), _mask); // (R, nh, T, hs)
    }

    /// <summary>Records the new lengths, once all layers have stored.</summary>
    public void Commit()
    {
        for (var row = 0; row < _slots.Length; row++)
            _cache.Grow(_slots[row], _counts[row]);
    }

    private void Store(Tensor cache, Tensor x) // x (R, nh, T, hs)
    {
        if (_slotIndex is null)
        {
            cache.narrow(0, _slots[0], _slots.Length).narrow(2, _starts[0], _time).copy_(x); // (R, nh, T, hs)
            return;
        }

        var tokens = x.transpose(1, 2).flatten(0, 1); // (R·T, nh, hs)
        if (_validIndex is not null)
            tokens = tokens.index_select(0, _validIndex); // (M, nh, hs)
        cache.index_put_(
            tokens,
            TensorIndex.Tensor(_slotIndex),
            TensorIndex.Colon,
            TensorIndex.Tensor(_positionIndex!));
    }

    private Tensor Read(Tensor cache)
    {
        // Narrowed first: selecting copies, and most of a cache's capacity is empty most of the time.
        var seen = cache.narrow(2, 0, _keys); // (S, nh, keys, hs)
        return _slotSelection is null
            ? seen.narrow(0, _slots[0], _slots.Length) // (R, nh, keys, hs)
            : seen.index_select(0, _slotSelection); // (R, nh, keys, hs)
    }
}
