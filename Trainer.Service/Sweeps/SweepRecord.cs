using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>What was asked for, and the trials that come of it: <c>sweep.json</c>.</summary>
/// <param name="Id">The sweep's id and its folder's name.</param>
/// <param name="Spec">What to do, every default filled in, base_model with its step.</param>
/// <param name="Trials">As they were laid out, in order.</param>
internal sealed record SweepRecord(string Id, SweepSpec Spec, IReadOnlyList<TrialPlan> Trials)
{
    /// <summary>The file's name in the sweep's folder.</summary>
    public const string FileName = "sweep.json";

    private const int CurrentFormat = 1;

    public string DisplayName { get; init; } = "";

    public string RequestId { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    /// <summary>Its trials' place in the run queue.</summary>
    public long Order { get; init; }

    public string Name => $"sweeps/{Id}";

    /// <summary>Reads a sweep's file.</summary>
    /// <exception cref="IOException">There is none.</exception>
    /// <exception cref="DataLossException">It is not what this program writes, or newer.</exception>
    public static SweepRecord Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var bytes = File.ReadAllBytes(path);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty("format_version").GetInt32() is > CurrentFormat and var version)
                throw new DataLossException($"{path} has format version {version}; this program is older. Update it.");
            return new SweepRecord(
                Path.GetFileName(folder),
                RunRecord.FromJson<SweepSpec>(root.GetProperty("spec")),
                [.. root.GetProperty("trials").EnumerateArray().Select(ReadTrial)])
            {
                DisplayName = root.GetProperty("display_name").GetString() ?? "",
                RequestId = root.GetProperty("request_id").GetString() ?? "",
                CreateTime = root.GetProperty("create_time").GetDateTimeOffset(),
                Order = root.GetProperty("order").GetInt64(),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new DataLossException("SWEEP_UNREADABLE", $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the file into the sweep's folder.</summary>
    public void Write(string folder)
    {
        var json = new JsonObject
        {
            ["format_version"] = CurrentFormat,
            ["id"] = Id,
            ["display_name"] = DisplayName,
            ["request_id"] = RequestId,
            ["create_time"] = RunRecord.Format(CreateTime),
            ["order"] = Order,
            ["spec"] = RunRecord.ToJson(Spec),
            ["trials"] = new JsonArray([.. Trials.Select(WriteTrial)]),
        };
        AtomicFile.WriteText(Path.Combine(folder, FileName), json.ToJsonString(WorkspaceJson.Indented) + "\n");
    }

    private static TrialPlan ReadTrial(JsonElement json) => new(
        json.GetProperty("number").GetInt32(),
        json.GetProperty("run").GetString()!["runs/".Length..],
        json.GetProperty("dataset").GetString()!,
        RunRecord.FromJson<Struct>(json.GetProperty("settings")))
    {
        Repeat = json.TryGetProperty("repeat", out var repeat) ? repeat.GetInt32() : 1,
    };

    private static JsonNode WriteTrial(TrialPlan trial) => new JsonObject
    {
        ["number"] = trial.Number,
        ["run"] = $"runs/{trial.Run}",
        ["dataset"] = trial.Dataset,
        ["settings"] = RunRecord.ToJson(trial.Settings),
        ["repeat"] = trial.Repeat,
    };
}
