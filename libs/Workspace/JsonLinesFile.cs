using System.Text.Json;

namespace Platform.Workspaces;

/// <summary>Reads line files of JSON objects.</summary>
public static class JsonLinesFile
{
    /// <summary>
    /// All objects of a file in order. Lines that are no JSON object (torn by a kill) are passed over; a file that does
    /// not exist is empty.
    /// </summary>
    public static IReadOnlyList<JsonElement> ReadAll(string path)
    {
        var records = new List<JsonElement>();
        new LineReader(path).ReadNew(line =>
        {
            if (TryParse(line) is { } record)
                records.Add(record);
        });
        return records;
    }

    /// <summary>One line's object, or null where it is none.</summary>
    public static JsonElement? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            var element = JsonElement.ParseValue(ref reader);
            return element.ValueKind == JsonValueKind.Object && reader.BytesConsumed >= line.TrimEnd(" \r\t"u8).Length
                ? element
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
