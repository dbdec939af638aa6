namespace Platform.Tokenization.Training;

/// <summary>
/// The pairs by count, the most frequent first; of equals the one whose bytes are lexicographically greatest (left,
/// then right). A binary heap in which counts may be stale: a pair that comes up is looked at again by its owner.
/// </summary>
internal sealed class PairQueue(PairList pairs)
{
    private (long Count, int Pair)[] _items = new (long, int)[1 << 12];

    public int Count { get; private set; }

    public void Push(long count, int pair)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, checked(Count * 2));
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!IsBefore((count, pair), _items[parent]))
                break;
            _items[at] = _items[parent];
            at = parent;
        }

        _items[at] = (count, pair);
    }

    public (long Count, int Pair) Pop()
    {
        var top = _items[0];
        var last = _items[--Count];
        var at = 0;
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= Count)
                break;
            if (child + 1 < Count && IsBefore(_items[child + 1], _items[child]))
                child++;
            if (!IsBefore(_items[child], last))
                break;
            _items[at] = _items[child];
            at = child;
        }

        _items[at] = last;
        return top;
    }

    private bool IsBefore((long Count, int Pair) a, (long Count, int Pair) b) =>
        a.Count != b.Count ? a.Count > b.Count : pairs.CompareBytes(a.Pair, b.Pair) > 0;
}
