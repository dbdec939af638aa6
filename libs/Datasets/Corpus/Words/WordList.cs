namespace Platform.Datasets.Corpus.Words;

/// <summary>Reads lists that are written as one text; where its lines break means nothing.</summary>
internal static class WordList
{
    /// <summary>Entries divided by commas.</summary>
    public static string[] Of(string entries) => Split(entries, ',');

    /// <summary>Entries of several parts each: divided by semicolons, their parts by slashes.</summary>
    public static string[][] Rows(string entries) => [.. Split(entries, ';').Select(row => Split(row, '/'))];

    private static string[] Split(string text, char by) => text.ReplaceLineEndings(" ")
        .Split(by, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
