using System.Text;

namespace Platform.Datasets.Corpus;

/// <summary>
/// The bundled corpus: small stories written by a grammar, so that everything can be tried without a network. People,
/// things and places stay with a story from its beginning to its end, and the end follows from the beginning. Stories
/// are a function of seed and number; the other forms are made from the same stories.
/// </summary>
/// <param name="seed">Any number; no two give the same stories.</param>
public sealed class StoryCorpus(long seed)
{
    // Each form draws its own choices, so that none depends on what another one draws.
    private const ulong StoryStream = 0;
    private const ulong EndingStream = 1;
    private const ulong ReviewStream = 2;
    private const ulong InstructionStream = 3;

    /// <summary>How many kinds of stories there are.</summary>
    public static int SchemeCount => StoryScheme.All.Count;

    /// <summary>One story.</summary>
    /// <param name="index">From 0; there is no last one.</param>
    public Story StoryAt(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var teller = TellerOf(index, StoryStream);
        var scheme = teller.Pick(StoryScheme.All);
        return new Story(index, scheme, scheme.Tell(teller));
    }

    /// <summary>The first stories whose texts together have at most so many bytes in UTF-8; at least one.</summary>
    public IEnumerable<Story> Stories(long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sizeBytes);
        var left = sizeBytes;
        for (var index = 0L; ; index++)
        {
            var story = StoryAt(index);
            left -= Encoding.UTF8.GetByteCount(story.Text);
            if (left < 0 && index > 0)
                yield break;
            yield return story;
        }
    }

    /// <summary>The first stories as items with four endings.</summary>
    public IEnumerable<EndingItem> Endings(int count) => Each(count, (story, teller) =>
    {
        var label = teller.Below(4);
        var endings = story.WrongEndings.ToList();
        endings.Insert(label, story.Ending);
        return new EndingItem(
            story.Index,
            story.Scheme,
            story.Beginning,
            story.Cue,
            $"{story.Beginning} {story.Cue}",
            endings,
            label,
            "val");
    }, EndingStream);

    /// <summary>Reviews by people of the first stories.</summary>
    public IEnumerable<ReviewItem> Reviews(int count) => Each(count, ReviewWriter.Write, ReviewStream);

    /// <summary>Instructions about the first stories, with responses.</summary>
    public IEnumerable<InstructionItem> Instructions(int count) =>
        Each(count, InstructionWriter.Write, InstructionStream);

    private IEnumerable<T> Each<T>(int count, Func<Story, Teller, T> write, ulong stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        for (var index = 0L; index < count; index++)
            yield return write(StoryAt(index), TellerOf(index, stream));
    }

    private Teller TellerOf(long index, ulong stream) =>
        new(CounterRandom.Bits(CounterRandom.Mix((ulong)seed) + stream, (ulong)index));
}
