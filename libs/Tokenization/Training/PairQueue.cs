using System.Numerics;

namespace Platform.Tokenization.Training;

/// <summary>
/// The pairs by count, the most frequent first; of equals the one whose bytes are lexicographically greatest (left,
/// then right). Only pairs of the greatest counts are in order, in a binary heap; the others lie about by the powers of
/// two until it is their turn, which for most never comes. Counts only fall, so a pair is looked at again when it comes
/// up.
/// </summary>
internal sealed class PairQueue(PairList pairs, long minFrequency)
{
    private readonly List<int>?[] _waiting = new List<int>?[64];
    private (long Count, int Pair)[] _heap = new (long, int)[1 << 10];
    private int _heapCount;
    private int _heapPower = 64; // pairs that occur 2 to this power or more times are in the heap

    /// <summary>Adds a pair, unless it is too rare.</summary>
    public void Push(int pair)
    {
        var count = pairs.CountOf(pair);
        if (count < minFrequency)
            return;
        var power = BitOperations.Log2((ulong)count);
        if (power >= _heapPower)
            PushHeap(count, pair);
        else
            (_waiting[power] ??= []).Add(pair);
    }

    /// <summary>Takes the next pair off; false where none is frequent enough.</summary>
    public bool TryPop(out int pair)
    {
        while (true)
        {
            while (_heapCount > 0)
            {
                (var count, pair) = PopHeap();
                if (pairs.CountOf(pair) == count)
                    return true;
                Push(pair);
            }

            if (_heapPower == 0)
            {
                pair = -1;
                return false;
            }

            var waiting = _waiting[--_heapPower];
            _waiting[_heapPower] = null;
            foreach (var one in waiting ?? [])
                Push(one);
        }
    }

    private void PushHeap(long count, int pair)
    {
        if (_heapCount == _heap.Length)
            Array.Resize(ref _heap, checked(_heapCount * 2));
        var at = _heapCount++;
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!IsBefore((count, pair), _heap[parent]))
                break;
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = (count, pair);
    }

    private (long Count, int Pair) PopHeap()
    {
        var top = _heap[0];
        var last = _heap[--_heapCount];
        var at = 0;
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= _heapCount)
                break;
            if (child + 1 < _heapCount && IsBefore(_heap[child + 1], _heap[child]))
                child++;
            if (!IsBefore(_heap[child], last))
                break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return top;
    }

    private bool IsBefore((long Count, int Pair) a, (long Count, int Pair) b) =>
        a.Count != b.Count ? a.Count > b.Count : pairs.CompareBytes(a.Pair, b.Pair) > 0;
}
