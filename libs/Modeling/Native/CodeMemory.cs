using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>
/// Memory for machine code that is written at run time: writable while it is filled, executable and unchangeable from
/// then on.
/// </summary>
internal static unsafe class CodeMemory
{
    private const int Alignment = 64;
    private const int PrivateAnonymous = 0x22;

    private enum Protection
    {
        ReadWrite = 3,
        ReadExecute = 5,
    }

    /// <summary>Whether code for x64 with System V's calling convention runs here.</summary>
    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Loads pieces of code, for as long as the process lives.</summary>
    /// <returns>Their addresses; null where the system gives no such memory, as a hardened one may.</returns>
    public static nint[]? TryLoad(params byte[][] pieces)
    {
        if (!IsSupported)
            return null;
        var length = (nuint)pieces.Sum(piece => Aligned(piece.Length));
        var start = Map(null, length, Protection.ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)start == -1)
            return null;
        var addresses = new nint[pieces.Length];
        var next = start;
        for (var i = 0; i < pieces.Length; i++)
        {
            pieces[i].CopyTo(new Span<byte>(next, pieces[i].Length));
            addresses[i] = (nint)next;
            next += Aligned(pieces[i].Length);
        }

        if (Protect(start, length, Protection.ReadExecute) == 0)
            return addresses;
        _ = Unmap(start, length);
        return null;
    }

    private static int Aligned(int length) => (length + Alignment - 1) / Alignment * Alignment;

    [DllImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern byte* Map(
        void* address, nuint length, Protection protection, int flags, int file, long offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Protect(void* address, nuint length, Protection protection);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmap(void* address, nuint length);
}
