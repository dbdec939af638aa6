using System.Numerics;
using Platform.Tokenization.Memory;

namespace Platform.Tokenization.Bpe;

/// <summary>
/// A set of byte strings numbered from 0 in the order they came: open addressing over hashes, with the bytes in one
/// growing array, so that millions of strings are a few arrays and not millions of objects. At most 2 GiB of bytes.
/// </summary>
internal sealed class ByteStringTable : IDisposable
{
    private LargeArray<int> _slots;            // index + 1; 0 is empty
    private readonly LargeArray<uint> _hashes; // by index
    private readonly LargeArray<int> _starts;  // by index; one more, the end of the last
    private readonly LargeArray<byte> _bytes;

    /// <summary>An empty table.</summary>
    /// <param name="capacity">Strings it holds before it has to grow.</param>
    /// <param name="bytes">Bytes it holds before it has to grow; what is not used costs nothing.</param>
    public ByteStringTable(int capacity = 1024, int bytes = 1 << 13)
    {
        capacity = Math.Max(capacity, 16);
        _slots = EmptySlots(capacity);
        _hashes = new LargeArray<uint>(capacity);
        _starts = new LargeArray<int>(capacity + 1);
        _starts[0] = 0;
        _bytes = new LargeArray<byte>(bytes);
    }

    /// <summary>Strings in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all strings.</summary>
    public int TotalBytes => _starts[Count];

    /// <summary>One string; valid until the next addition.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.Slice(_starts[index], _starts[index + 1] - _starts[index]);

    public void Dispose()
    {
        _slots.Dispose();
        _hashes.Dispose();
        _starts.Dispose();
        _bytes.Dispose();
    }

    /// <summary>The string's index, or -1.</summary>
    public int Find(ReadOnlySpan<byte> value)
    {
        var index = _slots[Probe(value, Hash(value))] - 1;
        GC.KeepAlive(this); // while its memory is read
        return index;
    }

    /// <summary>The string's index; adds it where it is new.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> value) => GetOrAdd(value, Hash(value));

    /// <summary>The indices here of another table's strings, which are added where they are new.</summary>
    public void AddAll(ByteStringTable other, Span<int> indices)
    {
        const int prefetchDistance = 8;
        EnsureEntries((long)Count + other.Count);
        EnsureBytes((long)TotalBytes + other.TotalBytes);
        for (var i = 0; i < other.Count; i++)
        {
            if (i + prefetchDistance < other.Count)
                _slots.Prefetch((int)other._hashes[i + prefetchDistance] & (_slots.Length - 1));
            indices[i] = GetOrAdd(other[i], other._hashes[i]);
        }
    }

    private int GetOrAdd(ReadOnlySpan<byte> value, uint hash)
    {
        var slot = Probe(value, hash);
        if (_slots[slot] != 0)
            return _slots[slot] - 1;

        if (Count == _hashes.Length)
        {
            EnsureEntries(Count + 1L);
            slot = Probe(value, hash);
        }

        var start = _starts[Count];
        if (value.Length > Array.MaxLength - start)
            throw new InvalidOperationException("More than 2 GiB of distinct strings.");
        EnsureBytes(start + value.Length);
        value.CopyTo(_bytes.Slice(start, value.Length));
        _hashes[Count] = hash;
        _slots[slot] = ++Count;
        _starts[Count] = start + value.Length;
        return Count - 1;
    }

    private int Probe(ReadOnlySpan<byte> value, uint hash)
    {
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var index = _slots[slot] - 1;
            if (index < 0 || _hashes[index] == hash && this[index].SequenceEqual(value))
                return slot;
        }
    }

    // Both at least double, so that joining many tables copies each string a few times and not once for each table.
    private void EnsureBytes(long needed)
    {
        if (needed > _bytes.Length)
            _bytes.Resize((int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, needed)));
    }

    private void EnsureEntries(long needed)
    {
        if (needed <= _hashes.Length)
            return;
        var capacity = checked((int)Math.Max(2L * _hashes.Length, needed));
        _hashes.Resize(capacity);
        _starts.Resize(checked(capacity + 1));
        var slots = EmptySlots(capacity);
        _slots.Dispose();
        _slots = slots;
        var mask = _slots.Length - 1;
        for (var index = 0; index < Count; index++)
        {
            var slot = (int)_hashes[index] & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = index + 1;
        }
    }

    private static LargeArray<int> EmptySlots(int capacity)
    {
        var slots = new LargeArray<int>(checked((int)BitOperations.RoundUpToPowerOf2((uint)capacity * 2)));
        slots.Clear();
        return slots;
    }

    /// <summary>A multiply-rotate hash over 8 bytes at a time; words are short and come from the user's own text.
    /// </summary>
    private static uint Hash(ReadOnlySpan<byte> value)
    {
        const ulong multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)value.Length * multiplier;
        while (value.Length >= 8)
        {
            hash = BitOperations.RotateLeft((hash ^ BitConverter.ToUInt64(value)) * multiplier, 29);
            value = value[8..];
        }

        ulong rest = 0;
        for (var i = value.Length - 1; i >= 0; i--)
            rest = rest << 8 | value[i];
        hash = (hash ^ rest) * multiplier;
        return (uint)((hash ^ hash >> 29) * multiplier >> 32);
    }
}
