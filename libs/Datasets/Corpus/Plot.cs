namespace Platform.Datasets.Corpus;

/// <summary>What a scheme tells: sentences, an ending that follows from them, and what can be asked.</summary>
internal sealed record Plot(IReadOnlyList<string> Beginning, Ending Ending)
{
    /// <summary>At least one.</summary>
    public required IReadOnlyList<Question> Questions { get; init; }

    /// <summary>Those who are named, in the order they come in.</summary>
    public required IReadOnlyList<Person> People { get; init; }

    /// <summary>What a review could be about, without an article: <c>red kite</c>, <c>museum in Ashford</c>.</summary>
    public required string Subject { get; init; }
}
