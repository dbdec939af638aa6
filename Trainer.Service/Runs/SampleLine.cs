using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>One line of <c>samples.jsonl</c>.</summary>
/// <param name="Time">When it was written.</param>
/// <param name="Message">As callers see it.</param>
internal sealed record SampleLine(DateTime Time, Sample Message)
{
    /// <summary>Reads a line; null where it is no sample: torn by a kill.</summary>
    public static SampleLine? TryRead(ReadOnlySpan<byte> line)
    {
        if (JsonLinesFile.TryParse(line) is not { } json)
            return null;
        var sample = new Sample { Prompt = Text("prompt"), Text = Text("text") };
        if (json.TryGetProperty("step", out var step) && step.TryGetInt64(out var number))
            sample.Step = number;
        if (json.TryGetProperty("index", out var index) && index.TryGetInt32(out var place))
            sample.Index = place;
        var time = json.TryGetProperty("time", out var value) && value.TryGetDateTimeOffset(out var when)
            ? when.UtcDateTime
            : DateTime.MinValue;
        return new SampleLine(time, sample);

        string Text(string key) =>
            json.TryGetProperty(key, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
    }
}
