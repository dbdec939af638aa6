using System.Text.Json;
using System.Text.Json.Serialization;
using Platform.Workspaces;

namespace Platform.Workers;

/// <summary>
/// <c>worker.json</c> of a run or an evaluation: which process worked on it last. Written by the service that started
/// it; whether it lives is asked of the operating system.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">Start time in clock ticks.</param>
/// <param name="Attempt">Which attempt, from 1.</param>
/// <param name="Started">When it was started.</param>
public sealed record WorkerFile(int Pid, long StartTicks, int Attempt, DateTimeOffset Started)
{
    /// <summary>The file's name in its folder.</summary>
    public const string FileName = "worker.json";

    /// <summary>The format that this code writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The file's format.</summary>
    [JsonPropertyOrder(-1)]
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The process.</summary>
    [JsonIgnore]
    public ProcessIdentity Identity => new(Pid, StartTicks);

    /// <summary>Reads it from a run's or evaluation's folder; null where there is none that can be read.</summary>
    public static WorkerFile? TryRead(string folder)
    {
        try
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, FileName));
            return JsonSerializer.Deserialize<WorkerFile>(bytes, WorkspaceJson.Indented) is { Pid: > 0 } file
                && file.FormatVersion <= CurrentFormat ? file : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it into a folder.</summary>
    public void Write(string folder)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, WorkspaceJson.Indented);
        AtomicFile.Write(Path.Combine(folder, FileName), json);
    }
}
