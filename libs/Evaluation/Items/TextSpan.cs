namespace Platform.Evals;

/// <summary>How much of a text a scored part is.</summary>
/// <param name="Words">Its words; those of a whole text's parts add up to the text's.</param>
/// <param name="Bytes">Its UTF-8 bytes.</param>
public sealed record TextSpan(int Words, int Bytes);
