using Platform.Tokenization.Memory;

namespace Platform.Tokenization.Training;

/// <summary>Many growing lists of numbers in one array.</summary>
/// <param name="capacity">Numbers that it holds before it has to grow.</param>
internal sealed class NumberLists(int capacity) : IDisposable
{
    private readonly LargeArray<int> _numbers = new(capacity);
    private int _used;

    /// <summary>The numbers of a list; valid until the next addition to any.</summary>
    public ReadOnlySpan<int> this[in Slice list] => _numbers.Slice(list.Start, list.Length);

    /// <summary>A list will be read soon.</summary>
    public void Prefetch(in Slice list) => _numbers.Prefetch(list.Start);

    public void Dispose() => _numbers.Dispose();

    /// <summary>An empty list with room for some numbers.</summary>
    public Slice Create(int capacity)
    {
        var start = _used;
        _used = checked(_used + capacity);
        if (_used > _numbers.Length)
            _numbers.Resize((int)Math.Min(Array.MaxLength, Math.Max(_used, 2L * _numbers.Length)));
        return new Slice { Start = start, Capacity = capacity };
    }

    /// <summary>Writes a number of a list.</summary>
    public void Set(int at, int number) => _numbers[at] = number;

    /// <summary>Appends to a list; a full one moves.</summary>
    public void Append(ref Slice list, int number)
    {
        if (list.Length == list.Capacity)
        {
            var larger = Create(Math.Max(4, checked(2 * list.Capacity)));
            _numbers.Slice(list.Start, list.Length).CopyTo(_numbers.Slice(larger.Start, larger.Capacity));
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
