using System.Runtime.CompilerServices;

namespace Platform.Tokenization.Training;

/// <summary>
/// How often the words occur, by their places in the text. The words are laid out by falling counts, so all that has to
/// be known is where each count begins; positions come in rising order, and most words of a large text occur once.
/// </summary>
internal sealed class WordCounts
{
    private readonly long[] _counts;   // falling, each once
    private readonly int[] _firstWord; // in the new order, of each count
    private readonly int[] _starts;    // position of the first word of each count

    public WordCounts(ReadOnlySpan<long> counts)
    {
        Order = new int[counts.Length];
        // Words that occur once are by far the most, and need no sorting.
        var many = 0;
        var once = counts.Length;
        for (var word = counts.Length - 1; word >= 0; word--)
        {
            if (counts[word] == 1)
                Order[--once] = word;
            else
                Order[many++] = word;
        }

        var keys = new long[many];
        for (var i = 0; i < many; i++)
            keys[i] = -counts[Order[i]];
        Array.Sort(keys, Order, 0, many);

        var (found, first) = (new List<long>(), new List<int>());
        for (var i = 0; i < Order.Length; i++)
        {
            if (found.Count > 0 && counts[Order[i]] == found[^1])
                continue;
            found.Add(counts[Order[i]]);
            first.Add(i);
        }

        _counts = [.. found];
        _firstWord = [.. first];
        _starts = new int[found.Count];
    }

    /// <summary>The words by falling counts.</summary>
    public int[] Order { get; }

    /// <summary>Is told where words of <see cref="Order"/> begin: words in a row, each part of the text by a marker of
    /// its own.</summary>
    public ref struct Marker
    {
        private readonly WordCounts _counts;
        private int _next;

        public Marker(WordCounts counts, int firstWord)
        {
            _counts = counts;
            var at = Array.BinarySearch(counts._firstWord, firstWord);
            _next = at < 0 ? ~at : at;
        }

        public void Mark(int word, int position)
        {
            if (_next < _counts._firstWord.Length && _counts._firstWord[_next] == word)
                _counts._starts[_next++] = position;
        }
    }

    /// <summary>Reads counts at rising positions.</summary>
    public ref struct Cursor(WordCounts counts)
    {
        private long _count;
        private int _end; // of the words with this count

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long At(int position)
        {
            if (position >= _end)
                Advance(position);
            return _count;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Advance(int position)
        {
            var at = Array.BinarySearch(counts._starts, position);
            if (at < 0)
                at = ~at - 1;
            _count = counts._counts[at];
            _end = at + 1 < counts._starts.Length ? counts._starts[at + 1] : int.MaxValue;
        }
    }
}
