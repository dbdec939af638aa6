using System.Text.Json;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;

namespace Platform.TrainerHost.Index;

/// <summary>What the index keeps of a run.</summary>
/// <param name="Run">As callers see it.</param>
/// <param name="RequestId">Of its creation; may be empty.</param>
/// <param name="BaseRun">Id of the run it is built on; null where it is none.</param>
/// <param name="Stamp">What its files looked like, so that one that was not touched is not read again.</param>
internal sealed record RunRow(Run Run, string RequestId, string? BaseRun, string Stamp)
{
    public string Id => Run.Name["runs/".Length..];

    public string TagsJson => JsonSerializer.Serialize(Run.Tags);

    public byte[] Blob => Run.ToByteArray();

    /// <summary>The row of a run in memory.</summary>
    public static RunRow Of(LiveRun run) =>
        new(run.Current, run.Record.RequestId, run.Record.Base.RunId, StampOf(run.Folder));

    /// <summary>Sizes and times of the files that a run's view is made of.</summary>
    public static string StampOf(string folder)
    {
        var record = new FileInfo(Path.Combine(folder, RunRecord.FileName));
        return string.Join(
            ':',
            record.Exists ? record.LastWriteTimeUtc.Ticks : 0,
            LengthOf(LiveRun.EventsPath(folder)),
            LengthOf(LiveRun.MetricsPath(folder)));
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
