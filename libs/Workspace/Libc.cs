using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Platform.Workspaces;

/// <summary>The few calls of the C library that .NET does not offer.</summary>
internal static partial class Libc
{
    internal const int ReadOnly = 0;
    internal const int WriteOnly = 1;
    internal const int Create = 0x40;
    internal const int Append = 0x400;
    internal const int Directory = 0x10000;
    internal const int CloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int FileSync(SafeFileHandle file);
}
