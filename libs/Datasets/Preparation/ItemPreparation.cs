using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Datasets.Readers;

namespace Platform.Datasets.Preparation;

/// <summary>Checks evaluation items in HellaSwag's format and writes them as <c>items.jsonl</c>.</summary>
public static class ItemPreparation
{
    /// <summary>Writes all items into a folder, going on with what an earlier attempt left there; their other fields
    /// are kept, a label in text becomes a number.</summary>
    /// <param name="records">The items, all from the first, with the file and line each came from.</param>
    /// <param name="folder">Where to write them.</param>
    /// <param name="skipped">Notes records that are no items, which are passed over; null: they are errors.</param>
    /// <param name="cancellationToken">Ends the work; it can be gone on with.</param>
    /// <exception cref="MalformedInputException">A record is no item.</exception>
    /// <exception cref="EmptyDatasetException">There are none.</exception>
    public static PreparedContent Write(
        IEnumerable<(string File, long Line, JsonObject Record)> records,
        PreparationFolder folder,
        SkippedRecords? skipped,
        CancellationToken cancellationToken)
    {
        using var writer = new RecordWriter(folder, _ => DatasetFolder.ItemsFileName);
        var textBytes = 0L;
        foreach (var (file, line, record) in records)
        {
            writer.StopIf(cancellationToken);
            try
            {
                textBytes += Normalize(record);
            }
            catch (FormatException e)
            {
                var problem = new MalformedInputException(file, line, e.Message, e);
                if (skipped is null)
                    throw problem;
                skipped.Add(problem);
                continue;
            }

            writer.Append(() => record);
        }

        if (writer.Count == 0)
            throw new EmptyDatasetException("The sources hold no items.");
        return new PreparedContent(writer.Complete(), writer.Count, textBytes);
    }

    /// <summary>Puts the fields of an item into their form.</summary>
    /// <returns>The bytes of its text.</returns>
    /// <exception cref="FormatException">It is no item.</exception>
    public static long Normalize(JsonObject record)
    {
        var context = Context(record);
        var endings = Endings(record);
        record["label"] = Label(record, endings.Count);
        record["ctx"] = context;
        return Encoding.UTF8.GetByteCount(context) + endings.Sum(Encoding.UTF8.GetByteCount);
    }

    private static string Context(JsonObject record)
    {
        if (Text(record["ctx"]) is { Length: > 0 } context)
            return context;
        return Text(record["ctx_a"]) is { Length: > 0 } first
            ? $"{first} {Text(record["ctx_b"])}".TrimEnd()
            : throw new FormatException("an item needs 'ctx', or 'ctx_a' and 'ctx_b'");
    }

    private static List<string> Endings(JsonObject record)
    {
        if (record["endings"] is not JsonArray { Count: >= 2 } array)
            throw new FormatException("'endings' is no list of at least two texts");
        return [.. array.Select(ending => Text(ending) is { Length: > 0 } text
            ? text
            : throw new FormatException("an ending is empty or no text"))];
    }

    private static int Label(JsonObject record, int count)
    {
        var label = record["label"] switch
        {
            JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<int>(out var n) => n,
            JsonValue value when Text(value) is { } text
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) => n,
            _ => -1,
        };
        return label >= 0 && label < count
            ? label
            : throw new FormatException($"'label' is no number from 0 to {count - 1}");
    }

    private static string? Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
}
