namespace Platform.Datasets.Corpus;

/// <summary>What someone from a story thinks of a place or thing in it.</summary>
/// <param name="Review">A few sentences.</param>
/// <param name="Label"><c>positive</c> or <c>negative</c>.</param>
public sealed record ReviewItem(string Review, string Label);
