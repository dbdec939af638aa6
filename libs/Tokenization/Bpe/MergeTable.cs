using System.Numerics;

namespace Platform.Tokenization.Bpe;

/// <summary>(left id, right id) → (rank, merged id), by open addressing.</summary>
internal sealed class MergeTable
{
    private readonly Entry[] _entries;
    private readonly int _shift;

    public MergeTable(IReadOnlyCollection<Merge> merges)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Count * 2));
        _shift = 64 - BitOperations.Log2(size);
        _entries = new Entry[size];
        Array.Fill(_entries, new Entry(ulong.MaxValue, int.MaxValue, -1));
        foreach (var merge in merges)
            Add(merge);
    }

    /// <summary>The rank at which two tokens merge, <see cref="int.MaxValue"/> where they don't.</summary>
    public int Rank(int left, int right, out int merged)
    {
        ref readonly var entry = ref _entries[Probe(Key(left, right))];
        merged = entry.Merged;
        return entry.Rank;
    }

    private void Add(Merge merge)
    {
        var key = Key(merge.Left, merge.Right);
        ref var entry = ref _entries[Probe(key)];
        // A pair that is listed twice merges at its first rank.
        if (entry.Key == ulong.MaxValue)
            entry = new Entry(key, merge.Rank, merge.Merged);
    }

    private int Probe(ulong key)
    {
        var entries = _entries;
        var mask = entries.Length - 1;
        var slot = (int)(key * 0x9E3779B97F4A7C15 >> _shift);
        while (entries[slot].Key != key && entries[slot].Key != ulong.MaxValue)
            slot = (slot + 1) & mask;
        return slot;
    }

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private readonly record struct Entry(ulong Key, int Rank, int Merged);
}
