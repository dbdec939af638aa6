using System.Globalization;
using System.Text.Json;
using Platform.Datasets.Readers;

namespace Platform.Evals;

/// <summary>
/// Reads items in one of two forms: HellaSwag's own records (with <c>ctx</c>, <c>endings</c>, <c>label</c> and,
/// optionally, <c>activity_label</c>, <c>ctx_a</c>, <c>ctx_b</c>) as jsonl or, like the hub's copy, as parquet; or
/// llama.cpp's text of six lines an item (<c>activity: context</c>, label, four endings), told from jsonl by the first
/// character.
/// </summary>
public static class HellaSwagFile
{
    private const int LinesPerTextItem = 6;

    /// <summary>All entries of a file in order, bad items among them with their reason.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<HellaSwagEntry> Read(string path)
    {
        // Compressed files and tables can only be records.
        if (SourceFile.IsReadable(path)
            && new SourceFile(path, path, 0)
                is { Extension: not (".jsonl" or ".txt" or ".md") } or { Packing.Length: > 0 })
        {
            return ReadRecords(path);
        }

        var lines = File.ReadLines(path);
        return lines.FirstOrDefault(line => line.Length > 0) is ['{', ..] ? ReadJsonLines(lines) : ReadText(lines);
    }

    /// <summary>Reads jsonl; empty lines are passed over.</summary>
    public static IEnumerable<HellaSwagEntry> ReadJsonLines(IEnumerable<string> lines)
    {
        var index = 0;
        foreach (var (lineNumber, line) in lines.Index())
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            yield return ToEntry(index, $"line {lineNumber + 1}", () => ParseJson(index, line));
            index++;
        }
    }

    private static IEnumerable<HellaSwagEntry> ReadRecords(string path) =>
        TaskRecords.Read(path).Select((read, index) => ToEntry(index, read.Place, () => read.Record is { } record
            ? ParseJson(index, record.ToJsonString())
            : throw new FormatException(read.Problem)));

    /// <summary>Reads text of six lines an item.</summary>
    public static IEnumerable<HellaSwagEntry> ReadText(IEnumerable<string> lines)
    {
        foreach (var (index, chunk) in lines.Chunk(LinesPerTextItem).Index())
        {
            if (chunk.All(line => line.Length == 0))
                continue;
            yield return ToEntry(index, $"line {index * LinesPerTextItem + 1}", () => ParseText(index, chunk));
        }
    }

    private static HellaSwagEntry ToEntry(int index, string place, Func<HellaSwagItem> parse)
    {
        try
        {
            return new HellaSwagEntry(index, parse(), null);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return new HellaSwagEntry(index, null, $"item {index} ({place}): {e.Message}");
        }
    }

    private static HellaSwagItem ParseJson(int index, string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException("no JSON object");
        var contextA = Text(root, "ctx_a");
        var contextB = Text(root, "ctx_b");
        var context = Text(root, "ctx")
            ?? (contextA is null ? null : $"{contextA} {contextB}".Trim())
            ?? throw new FormatException("no context (ctx)");
        if (!root.TryGetProperty("endings", out var list) || list.ValueKind != JsonValueKind.Array)
            throw new FormatException("no endings");
        var endings = list.EnumerateArray()
            .Select(ending => ending.ValueKind == JsonValueKind.String
                ? ending.GetString()!
                : throw new FormatException("an ending that is no text"))
            .ToList();
        var activity = Text(root, "activity_label") ?? "";
        return Checked(new HellaSwagItem(index, activity, context, contextA, contextB, endings, Label(root)));
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // The hub's copy has the label as a text, empty where it is not published.
    private static int Label(JsonElement root)
    {
        if (!root.TryGetProperty("label", out var label))
            throw new FormatException("no label");
        if (label.ValueKind == JsonValueKind.Number && label.TryGetInt32(out var number))
            return number;
        if (label.ValueKind == JsonValueKind.String)
            return ParseLabel(label.GetString()!);
        throw new FormatException($"the label {label.GetRawText()} is no whole number");
    }

    private static HellaSwagItem ParseText(int index, string[] chunk)
    {
        if (chunk.Length < LinesPerTextItem)
            throw new FormatException($"only {chunk.Length} of its {LinesPerTextItem} lines");
        var colon = chunk[0].IndexOf(": ", StringComparison.Ordinal);
        var (activity, context) = colon < 0 ? ("", chunk[0]) : (chunk[0][..colon], chunk[0][(colon + 2)..]);
        return Checked(new HellaSwagItem(index, activity, context, null, null, chunk[2..], ParseLabel(chunk[1])));
    }

    private static int ParseLabel(string text)
    {
        if (text.Length == 0)
            throw new FormatException("no label");
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var label)
            ? label
            : throw new FormatException($"the label '{text}' is no whole number");
    }

    private static HellaSwagItem Checked(HellaSwagItem item)
    {
        if (item.Endings.Count < 2)
            throw new FormatException(item.Endings.Count == 0 ? "no endings" : "only one ending");
        if (item.Gold < 0 || item.Gold >= item.Endings.Count)
            throw new FormatException($"the label {item.Gold} is out of range: there are {item.Endings.Count} endings");
        return item;
    }
}
