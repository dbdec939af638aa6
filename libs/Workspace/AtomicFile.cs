using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Platform.Workspaces;

/// <summary>Whole files that are either the old or the new one, whatever happens in between.</summary>
public static class AtomicFile
{
    /// <summary>Replaces a file: writes beside it, flushes to the disk, renames. Makes the folder if need be.</summary>
    /// <exception cref="IOException">No space, or the disk failed; the old file is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var beside = Path.Combine(folder, $".{Path.GetFileName(path)}-{RandomNumberGenerator.GetHexString(8, true)}");
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
            FlushFolder(folder);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Replaces a text file, in UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string content) =>
        Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Makes renames in a folder last through a power cut, on systems where folders can be flushed.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        // .NET refuses to open a folder as a file, but flushes any handle it is given.
        var descriptor = Libc.Open(folder, Libc.ReadOnly | Libc.Directory | Libc.CloseOnExec, 0);
        if (descriptor < 0)
            return;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        _ = Libc.FileSync(handle);
    }
}
