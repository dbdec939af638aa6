using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// <c>events.jsonl</c>: what happened, by the service and by the worker; the state is derived from it.
/// </summary>
internal static class EvaluationEvents
{
    /// <summary>The file's name.</summary>
    public const string FileName = "events.jsonl";

    public const string Created = "created";

    /// <summary>Waits (again); <c>by_caller</c> where a caller resumed it.</summary>
    public const string Queued = "queued";

    /// <summary>A worker was started: attempt, pid, start_ticks.</summary>
    public const string Started = "started";

    public const string CancelRequested = "cancel_requested";

    /// <summary>A worker ended without a word: exit, graded (items that stand in items.jsonl).</summary>
    public const string WorkerDied = "worker_died";

    public const string Cancelled = "cancelled";

    /// <summary>By the service or the worker: reason, message, resumable.</summary>
    public const string Failed = "failed";

    /// <summary>By the worker: goes on behind what an earlier attempt graded.</summary>
    public const string Resumed = "resumed";

    /// <summary>By the worker: total, the items there are to grade.</summary>
    public const string Items = "items";

    /// <summary>By the worker: the model: parameter_count, device.</summary>
    public const string Model = "model";

    /// <summary>By the worker: all is graded.</summary>
    public const string Finished = "finished";

    /// <summary>By the worker: ended as it was told to.</summary>
    public const string Stopped = "stopped";

    /// <summary>A time as files have it.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>An event.</summary>
    public static JsonObject New(
        string type, string message, DateTimeOffset time, params ReadOnlySpan<(string Key, JsonNode? Value)> details)
    {
        var record = new JsonObject { ["time"] = Format(time), ["type"] = type, ["message"] = message };
        foreach (var (key, value) in details)
            record[key] = value;
        return record;
    }

    /// <summary>Appends an event to a folder's file.</summary>
    public static void Append(string folder, JsonObject record)
    {
        using var writer = new JsonLinesWriter(Path.Combine(folder, FileName));
        writer.Append(record);
        writer.FlushToDisk();
    }
}
