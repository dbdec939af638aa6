using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.TokenizerHost.Jobs;

/// <summary>
/// A resource that takes long to make, as it is at one moment; <c>job.json</c> in its folder. What the job makes
/// stands in the same folder, and is complete with the folder's <c>manifest.json</c>.
/// </summary>
internal sealed record Job
{
    public const int CurrentFormat = 1;
    public const string FileName = "job.json";

    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The resource's id and its folder's name.</summary>
    public required string Id { get; init; }

    public string DisplayName { get; init; } = string.Empty;

    /// <summary>The caller's; a second Create with the same one gets this job. Empty: none.</summary>
    public string RequestId { get; init; } = string.Empty;

    /// <summary>What was asked: the contract's spec message in JSON with proto field names, defaults filled
    /// in.</summary>
    public required JsonElement Spec { get; init; }

    public JobState State { get; init; }

    public JobFailure? Error { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>In state Running; lives in memory only.</summary>
    [JsonIgnore]
    public JobProgress? Progress { get; init; }

    [JsonIgnore]
    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
