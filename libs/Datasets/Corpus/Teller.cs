using Platform.Datasets.Corpus.Words;

namespace Platform.Datasets.Corpus;

/// <summary>Makes a story's choices, one after another, from the story's key alone.</summary>
internal sealed class Teller(ulong key)
{
    private readonly HashSet<string> _names = [];
    private ulong _drawn;

    /// <summary>A whole number from 0 to limit − 1.</summary>
    public int Below(int limit) => (int)CounterRandom.Below((ulong)limit, key, _drawn++);

    /// <summary>One entry of a list.</summary>
    public T Pick<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    /// <summary>Two different entries of a list.</summary>
    public (T First, T Second) PickTwo<T>(IReadOnlyList<T> list)
    {
        var first = Below(list.Count);
        var second = Below(list.Count - 1);
        return (list[first], list[second < first ? second : second + 1]);
    }

    /// <summary>One of several ways to say the same.</summary>
    public string Say(params string[] ways) => Pick(ways);

    /// <summary>Someone new in this story.</summary>
    public Person Person() => Person(Below(2) == 0);

    /// <summary>A girl or a boy who is new in this story.</summary>
    public Person Person(bool girl)
    {
        while (true)
        {
            var name = Pick(girl ? Names.Girls : Names.Boys);
            if (_names.Add(name))
                return new Person(name, girl);
        }
    }

    /// <summary>A thing with a colour or another look: <c>red kite</c>.</summary>
    public string Look(string noun) =>
        $"{Pick(Below(3) == 0 ? (Below(2) == 0 ? Looks.Sizes : Looks.Old) : Looks.Colours)} {noun}";

    /// <summary>
    /// An ending and three wrong ones of the same form: first the rivals, which the story names too, then others of the
    /// kind, drawn as the right one was, so that an ending by itself does not tell whether it is right.
    /// </summary>
    /// <param name="cue">How the last sentence begins.</param>
    /// <param name="right">What the story makes right.</param>
    /// <param name="kind">All that could stand in its place.</param>
    /// <param name="form">The end of the sentence round it.</param>
    /// <param name="rivals">Others that the story names; none that fits as well as the right one.</param>
    public Ending End(
        string cue, string right, IReadOnlyList<string> kind, Func<string, string> form, params string[] rivals)
    {
        var wrong = rivals.Where(rival => rival != right).Distinct().Take(3).ToList();
        while (wrong.Count < 3)
        {
            var other = Pick(kind);
            if (other != right && !wrong.Contains(other))
                wrong.Add(other);
        }

        return new Ending(cue, form(right), [.. wrong.Select(form)]);
    }

    /// <summary>The same where the kind is the names of girls or of boys.</summary>
    public Ending End(string cue, Person right, Func<string, string> form, params Person[] rivals) => End(
        cue,
        right.Name,
        right.IsGirl ? Names.Girls : Names.Boys,
        form,
        [.. rivals.Select(rival => rival.Name)]);
}
