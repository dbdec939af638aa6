namespace Platform.Datasets.Corpus;

/// <summary>A story's last sentence: how it begins, how it ends, and three ends that do not fit.</summary>
/// <param name="Cue">Its beginning; no capitals but the first letter, as HellaSwag's ctx_b.</param>
/// <param name="Right">What follows.</param>
/// <param name="Wrong">Three others, all different, of the same form.</param>
internal sealed record Ending(string Cue, string Right, IReadOnlyList<string> Wrong);
