using Platform.Workspaces.Errors;

namespace Platform.Workspaces;

/// <summary>Tells a full disk from other errors of a file.</summary>
public static class DiskFull
{
    // ENOSPC and EDQUOT of Linux and macOS; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private static readonly int[] s_codes = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Whether an error says that there is no space left.</summary>
    public static bool Is(IOException error) => s_codes.Contains(error.HResult);

    /// <summary>The error to tell.</summary>
    /// <param name="folder">Where there is no space.</param>
    /// <param name="cause">The file's error.</param>
    public static ResourceExhaustedException Error(string folder, IOException cause) =>
        new("DISK_FULL", $"The disk with '{folder}' is full; free some space and try again.", cause);
}
