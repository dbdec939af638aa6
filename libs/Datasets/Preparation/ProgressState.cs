using System.Text.Json;
using Platform.Workspaces;

namespace Platform.Datasets.Preparation;

/// <summary>
/// How far a preparation has come: <c>progress.json</c> beside the files that it writes. All that it tells of is on
/// disk; what was written later is cut off when the work goes on.
/// </summary>
internal abstract record ProgressState
{
    public const string FileName = "progress.json";
    public const int CurrentFormat = 1;

    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>What the files depend on.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Reads what an interrupted preparation of the same things left. Where there is nothing to go on with:
    /// null, and whatever it left is removed.</summary>
    public static TState? TryRead<TState>(PreparationFolder folder)
        where TState : ProgressState
    {
        var state = TryReadFile<TState>(folder);
        if (state is null)
            folder.Clear();
        return state;
    }

    public void Write(PreparationFolder folder) => AtomicFile.Write(
        Path.Combine(folder.Path, FileName),
        JsonSerializer.SerializeToUtf8Bytes(this, GetType(), WorkspaceJson.Indented));

    private static TState? TryReadFile<TState>(PreparationFolder folder)
        where TState : ProgressState
    {
        var path = Path.Combine(folder.Path, FileName);
        if (!folder.GoesOn || !File.Exists(path))
            return null;
        try
        {
            var state = JsonSerializer.Deserialize<TState>(File.ReadAllBytes(path), WorkspaceJson.Indented);
            return state?.FormatVersion == CurrentFormat && state.Fingerprint == folder.Fingerprint ? state : null;
        }
        catch (JsonException)
        {
            // Of another version, or damaged: the work begins anew, which is always right.
            return null;
        }
    }
}
