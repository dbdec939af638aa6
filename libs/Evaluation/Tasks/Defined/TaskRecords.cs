using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Datasets.Readers;

namespace Platform.Evals;

/// <summary>The records of a task's input, bad ones among them.</summary>
internal static class TaskRecords
{
    /// <summary>
    /// Records with their place. Of json lines each bad line is named and passed over; of other files what follows a
    /// bad place cannot be read.
    /// </summary>
    public static IEnumerable<(string Place, JsonObject? Record, string? Problem)> Read(string path)
    {
        var file = SourceFile.Find(path)[0];
        return file is { Extension: ".jsonl", Packing: "" } ? ReadLines(path) : ReadFile(file);
    }

    private static IEnumerable<(string Place, JsonObject? Record, string? Problem)> ReadLines(string path)
    {
        foreach (var (i, line) in File.ReadLines(path).Index())
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return Parse($"line {i + 1}", line);
        }
    }

    private static (string Place, JsonObject? Record, string? Problem) Parse(string place, string line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject record ? (place, record, null) : (place, null, "no JSON object");
        }
        catch (JsonException e)
        {
            return (place, null, e.Message);
        }
    }

    private static IEnumerable<(string Place, JsonObject? Record, string? Problem)> ReadFile(SourceFile file)
    {
        using var records = DocumentReader.ReadRecords(file).GetEnumerator();
        for (var number = 1; ; number++)
        {
            string? problem = null;
            try
            {
                if (!records.MoveNext())
                    yield break;
            }
            catch (MalformedInputException e)
            {
                problem = $"{e.Message} What follows cannot be read";
            }

            if (problem is not null)
            {
                yield return ($"record {number}", null, problem);
                yield break;
            }

            yield return ($"record {number}", records.Current.Record, null);
        }
    }
}
