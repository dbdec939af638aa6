using System.Text;
using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>Reads CSV and TSV (RFC 4180): a header first; quoted fields may hold separators, quotes and
/// lines.</summary>
internal static class SeparatedValues
{
    public static IEnumerable<SourceRecord> Read(string name, Stream stream, char separator)
    {
        var lines = new SourceLines(stream, name);
        if (NextRow(lines, name, separator) is not { } header)
            yield break;
        var duplicate = header.Fields.GroupBy(field => field).FirstOrDefault(group => group.Count() > 1);
        if (duplicate is not null)
            throw new MalformedInputException(name, header.Line, $"the header has '{duplicate.Key}' twice");
        while (TryNextRow(lines, name, separator) is { } next)
        {
            if (next.Problem is not null)
            {
                yield return SourceRecord.Bad(next.Problem);
                continue;
            }

            var row = next.Row;
            if (row.Fields.Count != header.Fields.Count)
            {
                yield return SourceRecord.Bad(new MalformedInputException(
                    name, row.Line, $"{row.Fields.Count} fields where the header has {header.Fields.Count}"));
                continue;
            }

            var record = new JsonObject();
            for (var i = 0; i < row.Fields.Count; i++)
                record[header.Fields[i]] = row.Fields[i];
            yield return new SourceRecord(row.Line, record);
        }
    }

    private static ((long Line, List<string> Fields) Row, MalformedInputException? Problem)? TryNextRow(
        SourceLines lines, string name, char separator)
    {
        try
        {
            return NextRow(lines, name, separator) is { } row ? (row, null) : null;
        }
        catch (MalformedInputException e) when (lines.CanGoOn)
        {
            // What follows the line where it went wrong is read as rows again.
            return (default, e);
        }
    }

    private static (long Line, List<string> Fields)? NextRow(SourceLines lines, string name, char separator)
    {
        string? line;
        do
        {
            line = lines.Next();
            if (line is null)
                return null;
        }
        while (SourceLines.Trim(line).Length == 0);

        var first = lines.Number;
        var fields = new List<string>();
        var at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                fields.Add(Quoted(lines, name, first, ref line, ref at));
            }
            else
            {
                var end = line.IndexOfAny([separator, '\r', '\n'], at);
                // A carriage return within a line is text.
                while (end >= 0 && line[end] == '\r' && SourceLines.Trim(line).Length > end)
                    end = line.IndexOfAny([separator, '\r', '\n'], end + 1);
                end = end < 0 ? line.Length : end;
                fields.Add(line[at..end]);
                at = end;
            }

            if (at >= SourceLines.Trim(line).Length)
                return (first, fields);
            if (line[at] != separator)
                throw new MalformedInputException(name, lines.Number, "text follows a closing quote");
            at++;
        }
    }

    /// <summary>Reads from an opening quote to behind the closing one, over as many lines as it takes.</summary>
    private static string Quoted(SourceLines lines, string name, long first, ref string line, ref int at)
    {
        var value = new StringBuilder();
        at++;
        while (true)
        {
            var quote = line.IndexOf('"', at);
            if (quote < 0)
            {
                value.Append(line, at, line.Length - at);
                line = lines.Next()
                    ?? throw new MalformedInputException(name, first, "a quoted field does not end");
                at = 0;
                continue;
            }

            value.Append(line, at, quote - at);
            at = quote + 1;
            if (at >= line.Length || line[at] != '"')
                return value.ToString();
            value.Append('"');
            at++;
        }
    }
}
