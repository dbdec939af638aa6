using Platform.Datasets;
using Platform.Tokenization;
using Platform.Workspaces;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Reads the first documents of a finished data set for display.</summary>
internal static class DatasetPreview
{
    /// <summary>A text is cut after so many characters.</summary>
    public const int MaxCharacters = 4_000;

    // Enough for 4,000 characters of almost any text, and little enough to decode at once.
    private const int MaxTokens = 8_192;

    /// <summary>The first documents or items as text, with their tokens where there is a tokenizer.</summary>
    public static IReadOnlyList<(string Text, int? TokenCount)> Read(DatasetFolder dataset, int count) =>
        dataset.Manifest.Kind == DatasetKind.Tokens ? FromTokens(dataset, count) : FromRecords(dataset, count);

    private static List<(string, int?)> FromRecords(DatasetFolder dataset, int count)
    {
        var documents = new List<(string, int?)>();
        foreach (var file in dataset.DocumentFiles())
        {
            new LineReader(file).ReadNew(
                line =>
                {
                    if (JsonLinesFile.TryParse(line) is not { } record)
                        return;
                    var text = dataset.Manifest.Kind == DatasetKind.Documents
                        ? record.GetProperty("text").GetString()!
                        : record.GetRawText();
                    documents.Add((Cut(text), null));
                },
                count - documents.Count);
            if (documents.Count >= count)
                break;
        }

        return documents;
    }

    private static List<(string, int?)> FromTokens(DatasetFolder dataset, int count)
    {
        var tokenizer = TokenizerFiles.Load(dataset.Path);
        var rows = dataset.Manifest.Instructions?.RowTokens;
        // Of instructions, each example ends with the mark; of texts, each begins with it.
        var separator = dataset.Manifest.Instructions is null
            ? dataset.Manifest.Tokenizer!.SeparatorId
            : tokenizer.EndOfText;
        var documents = new List<(string, int?)>();
        using var shards = dataset.OpenTrain();
        var position = 0L;
        while (documents.Count < count && position < shards.Count)
        {
            var tokens = new int[(int)Math.Min(rows ?? MaxTokens, shards.Count - position)];
            shards.CopyTo(position, tokens.AsSpan());
            var begin = separator is { } mark && tokens[0] == mark ? 1 : 0;
            if (begin == tokens.Length)
                break;
            var found = separator is { } end ? tokens.AsSpan(begin).IndexOf(end) : -1;
            var length = found < 0 ? tokens.Length - begin : found;
            documents.Add((Cut(tokenizer.Decode(tokens.AsSpan(begin, length))), length));
            // A document longer than what was read is shown by its beginning; what follows it is not looked for.
            if (found < 0 && rows is null)
                break;
            position += rows ?? begin + length;
        }

        return documents;
    }

    private static string Cut(string text)
    {
        if (text.Length <= MaxCharacters)
            return text;
        return text[..(char.IsHighSurrogate(text[MaxCharacters - 1]) ? MaxCharacters - 1 : MaxCharacters)];
    }
}
