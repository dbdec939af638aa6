namespace Platform.Datasets.Readers;

/// <summary>A record that was passed over.</summary>
/// <param name="File">The file's name as people know it.</param>
/// <param name="Line">From 1; 0: no line in particular.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record SkippedRecord(string File, long Line, string Problem);
