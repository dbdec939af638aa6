namespace Platform.Datasets.Corpus;

/// <summary>A story of the bundled corpus: a few sentences whose last one follows from the others.</summary>
public sealed class Story
{
    private readonly Plot _plot;

    internal Story(long index, StoryScheme scheme, Plot plot)
    {
        Index = index;
        Scheme = scheme.Title;
        _plot = plot;
        Beginning = string.Join(' ', plot.Beginning);
    }

    /// <summary>Its number among the stories of its seed, from 0.</summary>
    public long Index { get; }

    /// <summary>What kind of story it is: <c>Hiding a toy</c>.</summary>
    public string Scheme { get; }

    /// <summary>All sentences but the last one.</summary>
    public string Beginning { get; }

    /// <summary>How the last sentence begins.</summary>
    public string Cue => _plot.Ending.Cue;

    /// <summary>How the last sentence ends.</summary>
    public string Ending => _plot.Ending.Right;

    /// <summary>Three ways it could end by itself, none of which fits the beginning.</summary>
    public IReadOnlyList<string> WrongEndings => _plot.Ending.Wrong;

    /// <summary>The whole story.</summary>
    public string Text => $"{Beginning} {Cue} {Ending}";

    internal Plot Plot => _plot;
}
