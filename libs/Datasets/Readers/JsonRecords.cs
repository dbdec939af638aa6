using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>Reads JSON objects, one a line.</summary>
internal static class JsonRecords
{
    public static IEnumerable<SourceRecord> ReadLines(string name, Stream stream)
    {
        var lines = new SourceLines(stream, name);
        while (NextLine(lines) is var (line, problem) && (line ?? (object?)problem) is not null)
        {
            if (problem is not null)
                yield return SourceRecord.Bad(problem);
            else if (!string.IsNullOrWhiteSpace(line))
                yield return Parse(name, lines.Number, line);
        }
    }

    /// <summary>Fields are read lazily; this finds repeated names and broken strings while the line is known.</summary>
    public static SourceRecord Checked(string name, long line, JsonNode? node)
    {
        if (node is not JsonObject record)
            return SourceRecord.Bad(new MalformedInputException(name, line, "no JSON object"));
        try
        {
            foreach (var (_, value) in record)
            {
                if (value?.GetValueKind() == JsonValueKind.String)
                    _ = value.GetValue<string>();
            }

            return new SourceRecord(line, record);
        }
        catch (ArgumentException e)
        {
            return SourceRecord.Bad(new MalformedInputException(name, line, "a field stands there twice", e));
        }
        catch (InvalidOperationException e)
        {
            return SourceRecord.Bad(new MalformedInputException(name, line, "a string is not valid Unicode", e));
        }
    }

    public static string Reason(JsonException error)
    {
        // The parser's own text ends in a path and line number of its own.
        var end = error.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (end < 0)
            end = error.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return (end < 0 ? error.Message : error.Message[..end]).TrimEnd('.', ' ');
    }

    private static (string? Line, MalformedInputException? Problem) NextLine(SourceLines lines)
    {
        try
        {
            return (lines.NextTrimmed(), null);
        }
        catch (MalformedInputException e) when (lines.CanGoOn)
        {
            return (null, e);
        }
    }

    private static SourceRecord Parse(string name, long line, string text)
    {
        try
        {
            return Checked(name, line, JsonNode.Parse(text));
        }
        catch (JsonException e)
        {
            return SourceRecord.Bad(new MalformedInputException(name, line, $"no valid JSON: {Reason(e)}", e));
        }
    }
}
