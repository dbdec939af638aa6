using System.Text.Json;
using Platform.Datasets.Shards;
using Platform.Workspaces;

namespace Platform.Datasets.Preparation;

/// <summary>
/// How far a preparation has come: <c>progress.json</c> beside the shards that it writes. All that it tells of is on
/// disk; what was written later is cut off when the work goes on.
/// </summary>
internal sealed record PreparationState
{
    public const string FileName = "progress.json";
    public const int CurrentFormat = 1;

    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>What the shards depend on.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Texts and parts of texts that are in the shards; reading goes on behind them.</summary>
    public required long Parts { get; init; }

    public required SplitState Split { get; init; }

    public required ShardWriterState Train { get; init; }

    public required ShardWriterState Validation { get; init; }

    /// <summary>Reads what an interrupted preparation of the same things left; null where there is nothing to go on
    /// with.</summary>
    public static PreparationState? TryRead(string folder, string fingerprint)
    {
        var path = Path.Combine(folder, FileName);
        if (fingerprint.Length == 0 || !File.Exists(path))
            return null;
        try
        {
            var state = JsonSerializer.Deserialize<PreparationState>(File.ReadAllBytes(path), WorkspaceJson.Indented);
            return state?.FormatVersion == CurrentFormat && state.Fingerprint == fingerprint ? state : null;
        }
        catch (JsonException)
        {
            // Of another version, or damaged: the work begins anew, which is always right.
            return null;
        }
    }

    public void Write(string folder) => AtomicFile.Write(
        Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, WorkspaceJson.Indented));
}
