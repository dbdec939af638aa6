using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>Reads JSON objects, one a line or as one array.</summary>
internal static class JsonRecords
{
    public static IEnumerable<(long Line, JsonObject Record)> ReadLines(string name, Stream stream)
    {
        var lines = new SourceLines(stream, name);
        while (lines.NextTrimmed() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return (lines.Number, Parse(name, lines.Number, line));
        }
    }

    public static IEnumerable<(long Line, JsonObject Record)> ReadArray(string name, Stream stream)
    {
        // Elements come one by one, so that the file need not fit into memory; they have no line numbers.
        var elements = JsonSerializer.DeserializeAsyncEnumerable<JsonNode>(stream).ToBlockingEnumerable();
        using var each = elements.GetEnumerator();
        for (var index = 1L; Advance(name, index, each); index++)
        {
            yield return each.Current is JsonObject record
                ? (0, Checked(name, 0, record))
                : throw new MalformedInputException(name, 0, $"element {index} of the array is no object");
        }
    }

    private static bool Advance(string name, long index, IEnumerator<JsonNode?> elements)
    {
        try
        {
            return elements.MoveNext();
        }
        catch (JsonException e)
        {
            throw new MalformedInputException(
                name,
                (e.LineNumber ?? 0) + 1,
                $"no valid array of objects (at or after element {index}): {Reason(e)}",
                e);
        }
    }

    private static JsonObject Parse(string name, long line, string text)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new MalformedInputException(name, line, $"no valid JSON: {Reason(e)}", e);
        }

        return node is JsonObject record
            ? Checked(name, line, record)
            : throw new MalformedInputException(name, line, "no JSON object");
    }

    /// <summary>Fields are read lazily; this finds repeated names and broken strings while the line is known.</summary>
    private static JsonObject Checked(string name, long line, JsonObject record)
    {
        try
        {
            foreach (var (_, value) in record)
            {
                if (value?.GetValueKind() == JsonValueKind.String)
                    _ = value.GetValue<string>();
            }

            return record;
        }
        catch (ArgumentException e)
        {
            throw new MalformedInputException(name, line, "a field stands there twice", e);
        }
        catch (InvalidOperationException e)
        {
            throw new MalformedInputException(name, line, "a string is not valid Unicode", e);
        }
    }

    private static string Reason(JsonException error)
    {
        // The parser's own text ends in a path and line number of its own.
        var end = error.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (end < 0)
            end = error.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return (end < 0 ? error.Message : error.Message[..end]).TrimEnd('.', ' ');
    }
}
