namespace Platform.Datasets.Corpus;

/// <summary>Someone in a story, with the pronouns that go with the name.</summary>
internal sealed record Person(string Name, bool IsGirl)
{
    /// <summary>she or he.</summary>
    public string She => IsGirl ? "she" : "he";

    /// <summary>She or He, to begin a sentence.</summary>
    public string Capital => IsGirl ? "She" : "He";

    /// <summary>her or his, before what is owned.</summary>
    public string Hers => IsGirl ? "her" : "his";

    /// <summary>her or him.</summary>
    public string Her => IsGirl ? "her" : "him";

    public override string ToString() => Name;
}
