namespace Platform.Datasets.Corpus;

/// <summary>Something to ask about a story, and the answer as a sentence.</summary>
internal sealed record Question(string Text, string Answer);
