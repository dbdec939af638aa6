namespace Platform.Datasets.Corpus.Words;

/// <summary>An animal with what belongs to it.</summary>
internal sealed record Animal(string Name, string Food, string Sound);
