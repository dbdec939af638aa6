using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>
/// The distinct words as groups, one after another in one array with a place for each character. A group's index stands
/// at its first and at its last place, so that both neighbours of a group are found without links, and a word of
/// thousands of characters (a Chinese sentence) is no dearer by the character than a short one.
/// </summary>
internal sealed unsafe class GroupText : IDisposable
{
    /// <summary>What stands between words.</summary>
    public const int Border = -1;

    /// <summary>No bigram.</summary>
    public const int None = -1;

    /// <summary>Positions lie all over a large text: each is fetched into the cache while some before it are worked on.
    /// </summary>
    public const int PrefetchDistance = 16;

    /// <summary>Positions between two looks at the cancellation.</summary>
    public const int CancellationInterval = 1 << 16;

    private readonly GroupTable _groups;
    private readonly BigramTable _bigrams;
    private readonly LargeArray<Site> _siteArray;
    private readonly Site* _sites;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Lays out words, those of the highest count first, and lists their characters as groups and the bigrams
    /// of these, yet without pairs.</summary>
    public GroupText(
        ByteStringTable words, ReadOnlySpan<long> counts, CharacterGroups characters, GroupTable groups,
        BigramTable bigrams, CancellationToken cancellationToken)
    {
        (_groups, _bigrams, _cancellationToken) = (groups, bigrams, cancellationToken);
        Counts = new WordCounts(counts);
        // As many as there would be if each byte were a character; memory that is not touched costs nothing.
        _siteArray = new LargeArray<Site>(checked(words.TotalBytes + words.Count + 1));
        _sites = _siteArray.Items;
        var followed = new int[1 << 10];
        var end = LayOut(words, counts, characters, ref followed);
        ListBigrams(end, followed.AsSpan(0, groups.Count));
    }

    /// <summary>The places, as long as this object lives.</summary>
    public Site* Sites => _sites;

    public void Dispose() => _siteArray.Dispose();

    /// <summary>How much each place counts.</summary>
    public WordCounts Counts { get; }

    /// <param name="words">The words.</param>
    /// <param name="counts">How often each occurred.</param>
    /// <param name="characters">Divides them.</param>
    /// <param name="followed">At how many places each group is followed by another.</param>
    /// <returns>Sites in use.</returns>
    private int LayOut(
        ByteStringTable words, ReadOnlySpan<long> counts, CharacterGroups characters, ref int[] followed)
    {
        var site = _sites;
        *site++ = new Site { Group = Border, Bigram = None };
        var order = Counts.Order;
        for (var i = 0; i < order.Length; i++)
        {
            if ((i & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            Counts.SetPosition(i, (int)(site - _sites));
            var rest = words[order[i]];
            var count = counts[order[i]];
            while (!rest.IsEmpty)
            {
                var group = characters.Next(ref rest);
                _groups.CountOf(group) += count;
                *site++ = new Site { Group = group, Bigram = None };
                if (_groups.Count > followed.Length)
                    Array.Resize(ref followed, 2 * _groups.Count);
                if (!rest.IsEmpty)
                    followed[group]++;
            }

            *site++ = new Site { Group = Border, Bigram = None };
        }

        return (int)(site - _sites);
    }

    /// <summary>Lists the bigrams by their left groups.</summary>
    private void ListBigrams(int end, ReadOnlySpan<int> followed)
    {
        var starts = new int[followed.Length + 1];
        for (var group = 0; group < followed.Length; group++)
            starts[group + 1] = starts[group] + followed[group];
        using var places = new LargeArray<(int Position, int Right)>(starts[^1]);
        _bigrams.Reserve(places.Length);
        for (var position = 1; position < end - 1; position++)
        {
            if ((position & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            if (_sites[position].Group != Border && _sites[position + 1].Group != Border)
                places[starts[_sites[position].Group]++] = (position, _sites[position + 1].Group);
        }

        var byRight = new int[_groups.Count];
        var start = 0;
        for (var left = 0; left < _groups.Count; left++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            ListBigrams(left, places.Slice(start, starts[left] - start), byRight);
            start = starts[left];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ListBigrams(int left, ReadOnlySpan<(int Position, int Right)> places, int[] byRight)
    {
        var first = _bigrams.Count;
        var counts = new WordCounts.Cursor(Counts);
        for (var i = 0; i < places.Length; i++)
        {
            if (i + PrefetchDistance < places.Length && Sse.IsSupported)
                Sse.Prefetch0(_sites + places[i + PrefetchDistance].Position);
            if ((i & (CancellationInterval - 1)) == CancellationInterval - 1)
                _cancellationToken.ThrowIfCancellationRequested();
            var (position, right) = places[i];
            var index = byRight[right];
            if (index < first)
            {
                index = _bigrams.Add(left, right, PairList.Rare, 0);
                byRight[right] = index;
            }

            ref var bigram = ref _bigrams[index];
            bigram.Count += counts.At(position);
            bigram.Length++;
            _sites[position].Bigram = index;
        }

        for (var index = first; index < _bigrams.Count; index++)
            _bigrams.ReservePositions(index, _bigrams[index].Length);
        _bigrams.GrowPositions();
        foreach (var (position, right) in places)
            _bigrams.Place(byRight[right], position);
    }

    /// <summary>The place of a character. Inside a group of three or more nothing holds.</summary>
    internal struct Site
    {
        /// <summary>At a group's first and last place the group; between words <see cref="Border"/>.</summary>
        public int Group;

        /// <summary>At a group's first place the bigram that it makes with the next group.</summary>
        public int Bigram;
    }
}
