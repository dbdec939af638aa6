namespace Platform.Tokenization.Training;

/// <summary>Many growing lists of numbers in one array.</summary>
internal sealed class NumberLists
{
    private int[] _numbers = new int[1 << 12];
    private int _used;

    /// <summary>The numbers of a list; valid until the next addition to any.</summary>
    public ReadOnlySpan<int> this[in Slice list] => _numbers.AsSpan(list.Start, list.Length);

    /// <summary>An empty list with room for some numbers.</summary>
    public Slice Create(int capacity)
    {
        var start = _used;
        _used = checked(_used + capacity);
        if (_used > _numbers.Length)
            Array.Resize(ref _numbers, (int)Math.Min(Array.MaxLength, Math.Max(_used, 2L * _numbers.Length)));
        return new Slice { Start = start, Capacity = capacity };
    }

    /// <summary>Appends to a list; a full one moves.</summary>
    public void Append(ref Slice list, int number)
    {
        if (list.Length == list.Capacity)
        {
            var larger = Create(Math.Max(4, checked(2 * list.Capacity)));
            _numbers.AsSpan(list.Start, list.Length).CopyTo(_numbers.AsSpan(larger.Start));
            larger.Length = list.Length;
            list = larger;
        }

        _numbers[list.Start + list.Length++] = number;
    }

    /// <summary>Where a list lies.</summary>
    internal struct Slice
    {
        public int Start, Length, Capacity;
    }
}
