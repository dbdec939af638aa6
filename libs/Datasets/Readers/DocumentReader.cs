using System.Text;
using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>
/// Reads documents from text, markdown, JSON lines, JSON arrays, CSV, TSV and parquet, all but the last also with
/// <c>.gz</c> and <c>.zst</c>. Text is UTF-8, with or without a byte order mark; of text files every byte is kept,
/// carriage returns too.
/// </summary>
/// <param name="recordText">How a record becomes a text.</param>
/// <param name="rule">How text files are divided.</param>
/// <param name="skipped">Notes records with something wrong in them, which are passed over;
/// null: they are errors.</param>
public sealed class DocumentReader(
    RecordText recordText, DocumentRule rule = DocumentRule.ByType, SkippedRecords? skipped = null)
{
    /// <summary>The text that stands between documents of a text file.</summary>
    public const string Separator = "<|endoftext|>";

    private const string TextFileHasNoRecords = "a text file has no records; use jsonl, json, csv, tsv or parquet";

    /// <summary>All documents of a file in order, read as they are asked for. Empty texts are passed over.</summary>
    /// <param name="file">The file.</param>
    /// <param name="onRead">Told of bytes read from the disk since the last time.</param>
    /// <exception cref="MalformedInputException">Something in the file is wrong; file, line and reason.</exception>
    public IEnumerable<SourceDocument> Read(SourceFile file, Action<long>? onRead = null)
    {
        var documents = Records(file, onRead) is { } records
            ? OfRecords(file, records)
            : OfText(file, mayCut: false, onRead)
                .Select(text => new SourceDocument(Encoding.UTF8.GetString(text.Utf8.Span)));
        return documents.Where(document => document.Text.Length > 0);
    }

    /// <summary>All texts of a file in order in UTF-8; a text file is not made into strings on the way. Empty texts are
    /// passed over.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mayCut">Whether a long document of a text file may come in parts, cut where no token of the known
    /// patterns crosses; else it must fit into memory.</param>
    /// <param name="onRead">Told of bytes read from the disk since the last time.</param>
    /// <exception cref="MalformedInputException">Something in the file is wrong; file, line and reason.</exception>
    public IEnumerable<SourceText> ReadTexts(SourceFile file, bool mayCut, Action<long>? onRead = null)
    {
        var texts = Records(file, onRead) is { } records
            ? OfRecords(file, records).Select(SourceText.Of)
            : OfText(file, mayCut, onRead);
        return texts.Where(text => !text.Utf8.IsEmpty);
    }

    /// <summary>All records of a file with fields, whatever their text.</summary>
    /// <param name="file">The file.</param>
    /// <param name="onRead">Told of bytes read from the disk since the last time.</param>
    /// <param name="skipped">Notes records with something wrong in them; null: they are errors.</param>
    /// <exception cref="MalformedInputException">The file is a text file, or something in it is wrong.</exception>
    public static IEnumerable<(long Line, JsonObject Record)> ReadRecords(
        SourceFile file, Action<long>? onRead = null, SkippedRecords? skipped = null)
    {
        foreach (var found in Records(file, onRead)
            ?? throw new MalformedInputException(file.Name, 0, TextFileHasNoRecords))
        {
            if (found.Record is { } record)
                yield return (found.Line, record);
            else
                Note(found.Problem!, skipped);
        }
    }

    private static IEnumerable<SourceRecord>? Records(SourceFile file, Action<long>? onRead) => file.Extension switch
    {
        ".jsonl" => Opened(file, onRead, stream => JsonRecords.ReadLines(file.Name, stream)),
        ".json" => Opened(file, onRead, stream => new JsonArrayReader(file.Name, stream).Read()),
        ".csv" => Opened(file, onRead, stream => SeparatedValues.Read(file.Name, stream, ',')),
        ".tsv" => Opened(file, onRead, stream => SeparatedValues.Read(file.Name, stream, '\t')),
        SourceFile.Parquet => ParquetRecords.Read(file, onRead),
        _ => null,
    };

    private static IEnumerable<T> Opened<T>(
        SourceFile file, Action<long>? onRead, Func<Stream, IEnumerable<T>> read)
    {
        using var stream = new SourceStream(file, onRead);
        foreach (var item in read(stream))
            yield return item;
    }

    private static void Note(MalformedInputException problem, SkippedRecords? skipped)
    {
        if (skipped is null)
            throw problem;
        skipped.Add(problem);
    }

    private IEnumerable<SourceDocument> OfRecords(SourceFile file, IEnumerable<SourceRecord> records)
    {
        foreach (var found in records)
        {
            if (found.Problem is not null || !TryText(file, found, out var text, out var promptLength))
            {
                if (found.Problem is not null)
                    Note(found.Problem, skipped);
                continue;
            }

            if (rule != DocumentRule.EndOfText || !text.Contains(Separator, StringComparison.Ordinal))
            {
                yield return new SourceDocument(text, found.Record, promptLength);
                continue;
            }

            foreach (var part in text.Split(Separator))
                yield return new SourceDocument(part.Trim('\r', '\n'), found.Record);
        }
    }

    private IEnumerable<SourceText> OfText(SourceFile file, bool mayCut, Action<long>? onRead)
    {
        if (rule == DocumentRule.Record || recordText.NeedsRecords)
            throw new MalformedInputException(file.Name, 0, TextFileHasNoRecords);
        return Opened(
            file, onRead, stream => new TextBlocks(stream, file.Name, rule, mayCut, skipped).Read());
    }

    private bool TryText(SourceFile file, SourceRecord found, out string text, out int promptLength)
    {
        try
        {
            text = recordText.Of(found.Record!, out promptLength);
            return true;
        }
        catch (FormatException e)
        {
            Note(new MalformedInputException(file.Name, found.Line, e.Message, e), skipped);
            (text, promptLength) = (string.Empty, 0);
            return false;
        }
    }
}
