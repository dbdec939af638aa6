using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Platform.Workspaces;

/// <summary>Files that only grow.</summary>
public static class AppendFile
{
    private const int OwnerWritesOthersRead = 0b110_100_100;

    /// <summary>
    /// Opens a file so that every write goes to its end, made if need be; others may read and append too.
    /// </summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        if (OperatingSystem.IsWindows())
            return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var flags = Libc.WriteOnly | Libc.Create | Libc.Append | Libc.CloseOnExec;
        var descriptor = Libc.Open(path, flags, OwnerWritesOthersRead);
        if (descriptor < 0)
        {
            var reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
            throw new IOException($"Cannot append to '{path}': {reason}.");
        }

        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Whether the file has bytes behind its last line feed.</summary>
    public static bool EndsInTornLine(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length == 0)
            return false;
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() != '\n';
    }
}
