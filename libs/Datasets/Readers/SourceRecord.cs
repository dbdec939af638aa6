using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>A record of a file, or why there is none where one should be.</summary>
internal readonly record struct SourceRecord(long Line, JsonObject? Record, MalformedInputException? Problem = null)
{
    public static SourceRecord Bad(MalformedInputException problem) => new(problem.Line, null, problem);
}
