using System.Runtime.CompilerServices;
using Platform.Tokenization.Bpe;
using Platform.Tokenization.Memory;

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

    private const int MinPartBytes = 1 << 16;

    private readonly GroupTable _groups;
    private readonly LargeArray<Site> _siteArray;
    private readonly Site* _sites;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Lays out words, those of the highest count first, and lists their characters as groups.</summary>
    public GroupText(
        ByteStringTable words, ReadOnlyMemory<long> counts, bool byCharacters, ReadOnlySpan<int> byteIds,
        GroupTable groups, ParallelOptions parallel)
    {
        (_groups, _cancellationToken) = (groups, parallel.CancellationToken);
        Counts = new WordCounts(counts.Span);
        var parts = Math.Clamp(words.TotalBytes / MinPartBytes, 1, parallel.MaxDegreeOfParallelism);
        // As many places as there would be if each byte were a character; memory that is not touched costs nothing.
        _siteArray = new LargeArray<Site>(checked(words.TotalBytes + words.Count + parts));
        _sites = _siteArray.Items;
        Parts = Divide(words, parts, byCharacters);
        Parallel.ForEach(Parts, parallel, part => LayOut(words, counts.Span, part));
        using var known = new ByteStringTable();
        foreach (var part in Parts)
            AddGroups(part, known, byteIds);
    }

    /// <summary>The places, as long as this object lives.</summary>
    public Site* Sites => _sites;

    /// <summary>How much each place counts.</summary>
    public WordCounts Counts { get; }

    /// <summary>The parts that it was laid out in; their places are in the parts' own numbers of characters yet.
    /// </summary>
    public IReadOnlyList<Part> Parts { get; }

    public void Dispose() => _siteArray.Dispose();

    private List<Part> Divide(ByteStringTable words, int count, bool byCharacters)
    {
        var parts = new List<Part>();
        var order = Counts.Order;
        var (word, bytes) = (0, 0L);
        for (var i = 0; i < count; i++)
        {
            var part = new Part(byCharacters) { FirstWord = word, Start = (int)bytes + word + i };
            var end = (long)words.TotalBytes * (i + 1) / count;
            while (word < order.Length && (bytes < end || i == count - 1))
                bytes += words[order[word++]].Length;
            part.EndWord = word;
            parts.Add(part);
        }

        return parts;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayOut(ByteStringTable words, ReadOnlySpan<long> counts, Part part)
    {
        var site = _sites + part.Start;
        *site++ = new Site { Group = Border, Bigram = None };
        var order = Counts.Order;
        var (characters, counted, preceded) = (part.Characters, part.Counts, part.Preceded);
        var marker = new WordCounts.Marker(Counts, part.FirstWord);
        for (var i = part.FirstWord; i < part.EndWord; i++)
        {
            if ((i & (CancellationInterval - 1)) == 0)
                _cancellationToken.ThrowIfCancellationRequested();
            marker.Mark(i, (int)(site - _sites));
            var rest = words[order[i]];
            var count = counts[order[i]];
            for (var isPreceded = 0; !rest.IsEmpty; isPreceded = 1)
            {
                var number = characters.Next(ref rest);
                if (number >= counted.Length)
                    (counted, preceded) = part.Grow();
                counted[number] += count;
                preceded[number] += isPreceded;
                *site++ = new Site { Group = number, Bigram = None };
            }

            *site++ = new Site { Group = Border, Bigram = None };
        }

        part.End = (int)(site - _sites);
    }

    private void AddGroups(Part part, ByteStringTable known, ReadOnlySpan<int> byteIds)
    {
        part.Groups = new int[part.Characters.Count];
        for (var number = 0; number < part.Groups.Length; number++)
        {
            var group = known.GetOrAdd(part.Characters[number]);
            if (group == _groups.Count)
                _groups.Add(part.Characters[number], byteIds);
            _groups.CountOf(group) += part.Counts[number];
            part.Groups[number] = group;
        }
    }

    /// <summary>The place of a character. Inside a group of three or more nothing holds.</summary>
    internal struct Site
    {
        /// <summary>At a group's first and last place the group; between words <see cref="Border"/>.</summary>
        public int Group;

        /// <summary>At a group's first place the bigram that it makes with the next group.</summary>
        public int Bigram;
    }

    /// <summary>Words in a row that one thread lays out.</summary>
    internal sealed class Part(bool byCharacters)
    {
        /// <summary>Of the words' order.</summary>
        public int FirstWord { get; init; }

        /// <summary>Behind the last word.</summary>
        public int EndWord { get; set; }

        /// <summary>Its first place.</summary>
        public int Start { get; init; }

        /// <summary>Behind its last place.</summary>
        public int End { get; set; }

        /// <summary>Its distinct characters.</summary>
        public CharacterNumbers Characters { get; } = new(byCharacters);

        /// <summary>How often each of these occurs.</summary>
        public long[] Counts { get; private set; } = new long[1 << 8];

        /// <summary>At how many places each of these is preceded by another.</summary>
        public int[] Preceded { get; private set; } = new int[1 << 8];

        /// <summary>The group of each of these.</summary>
        public int[] Groups { get; set; } = [];

        public (long[] Counts, int[] Preceded) Grow()
        {
            var (counts, preceded) = (Counts, Preceded);
            Array.Resize(ref counts, 2 * counts.Length);
            Array.Resize(ref preceded, 2 * preceded.Length);
            return (Counts, Preceded) = (counts, preceded);
        }
    }
}
