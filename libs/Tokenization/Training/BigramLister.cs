using System.Runtime.CompilerServices;
using Platform.Tokenization.Memory;

namespace Platform.Tokenization.Training;

/// <summary>
/// Lists the distinct bigrams of a text that is just laid out, by their right groups, with their counts and positions
/// and yet without pairs. Each thread goes over one part of the text, sorting its places by the right group, and then
/// over the places of one part of the groups.
/// </summary>
internal sealed unsafe class BigramLister : IDisposable
{
    private const int MaxReserved = 1 << 20;

    private readonly GroupText _text;
    private readonly GroupTable _groups;
    private readonly BigramTable _bigrams;
    private readonly ParallelOptions _parallel;
    private readonly int[] _starts; // of each group's places, and the end
    private readonly LargeArray<Place> _places;

    public BigramLister(GroupText text, GroupTable groups, BigramTable bigrams, ParallelOptions parallel)
    {
        (_text, _groups, _bigrams, _parallel) = (text, groups, bigrams, parallel);
        _starts = new int[groups.Count + 1];
        foreach (var part in text.Parts)
        {
            for (var number = 0; number < part.Groups.Length; number++)
                _starts[part.Groups[number] + 1] += part.Preceded[number];
        }

        for (var group = 0; group < groups.Count; group++)
            _starts[group + 1] = checked(_starts[group] + _starts[group + 1]);
        _places = new LargeArray<Place>(_starts[^1]);
    }

    public void Dispose() => _places.Dispose();

    /// <summary>Lists the bigrams.</summary>
    public void Run()
    {
        SortPlaces();
        var ranges = Divide();
        try
        {
            Parallel.ForEach(ranges, _parallel, FindBigrams);
            _bigrams.Reserve(ranges.Sum(range => range.Count), _places.Length);
            var first = _bigrams.Count;
            foreach (var range in ranges)
            {
                range.First = first;
                first += range.Count;
            }

            Parallel.ForEach(ranges, _parallel, NotePositions);
            _bigrams.Take(ranges.Sum(range => range.Count), _places.Length);
        }
        finally
        {
            foreach (var range in ranges)
                range.Found.Dispose();
        }
    }

    /// <summary>Sorts the places by their groups, and writes the groups in the text for the parts' numbers.</summary>
    private void SortPlaces()
    {
        var next = _starts.ToArray();
        var nextOfParts = new List<int[]>();
        foreach (var part in _text.Parts)
        {
            var own = new int[part.Groups.Length];
            for (var number = 0; number < own.Length; number++)
            {
                own[number] = next[part.Groups[number]];
                next[part.Groups[number]] += part.Preceded[number];
            }

            nextOfParts.Add(own);
        }

        Parallel.For(0, nextOfParts.Count, _parallel, i => SortPlaces(_text.Parts[i], nextOfParts[i]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SortPlaces(GroupText.Part part, int[] next)
    {
        var sites = _text.Sites;
        var groups = part.Groups;
        var before = GroupText.Border;
        for (var position = part.Start; position < part.End; position++)
        {
            if ((position & (GroupText.CancellationInterval - 1)) == 0)
                _parallel.CancellationToken.ThrowIfCancellationRequested();
            var number = sites[position].Group;
            if (number == GroupText.Border)
            {
                before = number;
                continue;
            }

            if (before != GroupText.Border)
                _places[next[number]++] = new Place { Position = position - 1, Left = before };
            before = groups[number];
            sites[position].Group = before;
        }
    }

    /// <summary>Ranges of groups with about equally many places.</summary>
    private List<Range> Divide()
    {
        var ranges = new List<Range>();
        var group = 0;
        var count = _text.Parts.Count;
        for (var i = 1; i <= count; i++)
        {
            var range = new Range { FirstGroup = group };
            var end = (long)_places.Length * i / count;
            while (group < _groups.Count && (_starts[group] < end || i == count))
                group++;
            range.EndGroup = group;
            var places = _starts[group] - _starts[range.FirstGroup];
            range.Found.Resize(Math.Max(1 << 10, Math.Min(places / 4, MaxReserved)));
            ranges.Add(range);
        }

        return ranges;
    }

    /// <summary>Finds the bigrams of a range of right groups; each place remembers its own in place of the left group.
    /// </summary>
    private void FindBigrams(Range range)
    {
        var byLeft = new int[_groups.Count];
        Array.Fill(byLeft, GroupText.None);
        for (var right = range.FirstGroup; right < range.EndGroup; right++)
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            FindBigrams(range, right, byLeft);
        }

        var start = _starts[range.FirstGroup];
        for (var index = 0; index < range.Count; index++)
        {
            ref var bigram = ref range.Found[index];
            bigram.Start = start;
            start += bigram.Length;
            bigram.Length = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindBigrams(Range range, int right, int[] byLeft)
    {
        var first = range.Count;
        var counts = new WordCounts.Cursor(_text.Counts);
        var places = _places.Slice(_starts[right], _starts[right + 1] - _starts[right]);
        for (var i = 0; i < places.Length; i++)
        {
            if ((i & (GroupText.CancellationInterval - 1)) == GroupText.CancellationInterval - 1)
                _parallel.CancellationToken.ThrowIfCancellationRequested();
            ref var place = ref places[i];
            var index = byLeft[place.Left];
            if (index < first)
            {
                index = range.Count++;
                if (index == range.Found.Length)
                    range.Found.Resize(checked(2 * index));
                byLeft[place.Left] = index;
                range.Found[index] = new BigramTable.Bigram { Left = place.Left, Right = right };
            }

            ref var bigram = ref range.Found[index];
            bigram.Count += counts.At(place.Position);
            bigram.Length++;
            place.Left = index;
        }
    }

    /// <summary>Puts the bigrams of a range into the table, with their positions, and their indices into the text.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void NotePositions(Range range)
    {
        var sites = _text.Sites;
        var bigrams = _bigrams.Slice(range.First, range.Count);
        range.Found.Slice(0, range.Count).CopyTo(bigrams);
        var places = _places.Slice(_starts[range.FirstGroup], _starts[range.EndGroup] - _starts[range.FirstGroup]);
        for (var i = 0; i < places.Length; i++)
        {
            if (i + GroupText.PrefetchDistance < places.Length)
                ProcessorCache.Prefetch(sites + places[i + GroupText.PrefetchDistance].Position);
            if ((i & (GroupText.CancellationInterval - 1)) == GroupText.CancellationInterval - 1)
                _parallel.CancellationToken.ThrowIfCancellationRequested();
            ref var bigram = ref bigrams[places[i].Left];
            _bigrams.SetPosition(bigram.Start + bigram.Length++, places[i].Position);
            sites[places[i].Position].Bigram = range.First + places[i].Left;
        }
    }

    /// <summary>The place of a group that has another behind it.</summary>
    private struct Place
    {
        public int Position;

        /// <summary>The group there, and later the bigram.</summary>
        public int Left;
    }

    /// <summary>Right groups that one thread works on.</summary>
    private sealed class Range
    {
        public int FirstGroup { get; init; }

        public int EndGroup { get; set; }

        /// <summary>The bigrams found.</summary>
        public LargeArray<BigramTable.Bigram> Found { get; } = new(0);

        public int Count { get; set; }

        /// <summary>The index of the first of them in the table.</summary>
        public int First { get; set; }
    }
}
