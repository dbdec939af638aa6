using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>
/// Reads documents from text, markdown, JSON lines, JSON arrays, CSV and TSV, each also with <c>.gz</c>. Text is UTF-8,
/// with or without a byte order mark; of text files every byte is kept, carriage returns too.
/// </summary>
/// <param name="recordText">How a record becomes a text.</param>
/// <param name="rule">How text files are divided.</param>
public sealed class DocumentReader(RecordText recordText, DocumentRule rule = DocumentRule.ByType)
{
    /// <summary>The text that stands between documents of a text file.</summary>
    public const string Separator = "<|endoftext|>";

    /// <summary>All documents of a file in order, read as they are asked for. Empty texts are passed over.</summary>
    /// <param name="file">The file.</param>
    /// <param name="onRead">Told of bytes read from the disk since the last time.</param>
    /// <exception cref="MalformedInputException">Something in the file is wrong; file, line and reason.</exception>
    public IEnumerable<SourceDocument> Read(SourceFile file, Action<long>? onRead = null)
    {
        using var stream = new SourceStream(file, onRead);
        foreach (var document in ReadContent(file, stream))
        {
            if (document.Text.Length > 0)
                yield return document;
        }
    }

    /// <summary>All records of a file with fields, whatever their text.</summary>
    /// <exception cref="MalformedInputException">The file is a text file, or something in it is wrong.</exception>
    public static IEnumerable<(long Line, JsonObject Record)> ReadRecords(SourceFile file, Action<long>? onRead = null)
    {
        using var stream = new SourceStream(file, onRead);
        foreach (var record in Records(file, stream)
            ?? throw new MalformedInputException(file.Name, 0, "a text file has no records; use jsonl, json, csv, tsv"))
        {
            yield return record;
        }
    }

    private static IEnumerable<(long Line, JsonObject Record)>? Records(SourceFile file, Stream stream) =>
        file.Extension switch
        {
            ".jsonl" => JsonRecords.ReadLines(file.Name, stream),
            ".json" => JsonRecords.ReadArray(file.Name, stream),
            ".csv" => SeparatedValues.Read(file.Name, stream, ','),
            ".tsv" => SeparatedValues.Read(file.Name, stream, '\t'),
            _ => null,
        };

    private IEnumerable<SourceDocument> ReadContent(SourceFile file, Stream stream) =>
        Records(file, stream) is { } records
            ? records.Select(record => new SourceDocument(TextOf(file, record.Line, record.Record), record.Record))
            : TextDocuments.Read(new SourceLines(stream, file.Name), rule).Select(text => new SourceDocument(text));

    private string TextOf(SourceFile file, long line, JsonObject record)
    {
        try
        {
            return recordText.Of(record);
        }
        catch (FormatException e)
        {
            throw new MalformedInputException(file.Name, line, e.Message, e);
        }
    }
}
