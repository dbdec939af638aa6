using System.Text.Json;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>One line of <c>events.jsonl</c>.</summary>
internal sealed class RunEventLine
{
    private readonly JsonElement _json;

    private RunEventLine(JsonElement json, DateTime time, string type)
    {
        _json = json;
        Time = time;
        Type = type;
    }

    public DateTime Time { get; }

    /// <summary>One of <see cref="EventTypes"/>, or one of a newer worker.</summary>
    public string Type { get; }

    /// <summary>In words.</summary>
    public string Message => Text("message") ?? "";

    public long? Step => Long("step");

    public int? Attempt => (int?)Long("attempt");

    /// <summary>Reads a line; null where it is no event: torn by a kill.</summary>
    public static RunEventLine? TryRead(ReadOnlySpan<byte> line)
    {
        if (JsonLinesFile.TryParse(line) is not { } json
            || !json.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
            || !json.TryGetProperty("time", out var time) || time.ValueKind != JsonValueKind.String
            || !time.TryGetDateTimeOffset(out var when))
            return null;
        return new RunEventLine(json, when.UtcDateTime, type.GetString()!);
    }

    public string? Text(string key) =>
        _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public long? Long(string key) =>
        _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number) ? number : null;

    public double? Double(string key) =>
        _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public bool? FlagOrNull(string key) => _json.TryGetProperty(key, out var value)
        ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
        : null;

    public bool Flag(string key) => FlagOrNull(key) ?? false;
}
