// Compiled twice: by the build as an inline MSBuild task (see Libtorch.targets), and by tests/Modeling.Tests, which
// define PATCH_ONLY. MSBuild's inline compiler targets .NET Standard 2.0, hence the plain style.
#if !PATCH_ONLY
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
#else
using System.Text;
#endif

namespace Platform.Modeling.Build;

/// <summary>
/// Makes one required symbol version of an ELF library weak, so that the loader accepts a host without it.
/// </summary>
/// <remarks>
/// libLibTorchSharp.so 0.107 requires GLIBCXX_3.4.32, which Debian 12, Ubuntu 22.04 and RHEL 9 lack. The only
/// symbol of that version, <c>_ZSt21ios_base_library_initv</c>, is never called, so the requirement may be weak:
/// VER_FLG_WEAK in <c>vna_flags</c> of its entry in <c>.gnu.version_r</c>. Nothing else in the file changes.
/// </remarks>
internal static class ElfSymbolVersion
{
    /// <summary>The version that the host may lack.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    private const uint GnuVerneed = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 0x2; // VER_FLG_WEAK

    /// <summary>The offset of the entry's 16-bit flags in a little-endian ELF64 image; -1 where it is absent.</summary>
    public static long FindFlagsOffset(byte[] image, string version)
    {
        if (image.Length < 64 || image[0] != 0x7f || image[1] != 'E' || image[4] != 2 || image[5] != 1)
            throw new InvalidDataException("Not a little-endian ELF64 file.");
        var sections = BitConverter.ToInt64(image, 0x28);
        var sectionSize = BitConverter.ToUInt16(image, 0x3a);
        var sectionCount = BitConverter.ToUInt16(image, 0x3c);
        var hash = ElfHash(version);
        for (var index = 0; index < sectionCount; index++)
        {
            var header = sections + (long)index * sectionSize;
            if (BitConverter.ToUInt32(image, (int)header + 4) != GnuVerneed)
                continue;
            var start = BitConverter.ToInt64(image, (int)header + 0x18);
            var needed = BitConverter.ToUInt32(image, (int)header + 0x2c);
            var found = FindInSection(image, start, needed, hash);
            if (found >= 0)
                return found;
        }

        return -1;
    }

    /// <summary>Sets the weak flag in place; false where the library does not ask for that version.</summary>
    public static bool MakeWeak(byte[] image, string version)
    {
        var offset = FindFlagsOffset(image, version);
        if (offset < 0)
            return false;
        image[offset] |= (byte)WeakFlag;
        return true;
    }

    /// <summary>Whether the host's libstdc++ (the file given) defines the version.</summary>
    public static bool Defines(byte[] library, string version)
    {
        var pattern = Encoding.ASCII.GetBytes(version + "\0");
        for (var start = Array.IndexOf(library, pattern[0]); start >= 0;
            start = Array.IndexOf(library, pattern[0], start + 1))
        {
            var length = 0;
            while (length < pattern.Length && start + length < library.Length
                && library[start + length] == pattern[length])
                length++;
            if (length == pattern.Length)
                return true;
        }

        return false;
    }

    // Elf64_Verneed: version, cnt (16 bits each), file, aux, next (32 each). Elf64_Vernaux: hash (32), flags, other
    // (16 each), name, next (32 each).
    private static long FindInSection(byte[] image, long start, uint needed, uint hash)
    {
        var need = start;
        for (var i = 0; i < needed; i++)
        {
            var entries = BitConverter.ToUInt16(image, (int)need + 2);
            var entry = need + BitConverter.ToUInt32(image, (int)need + 8);
            for (var j = 0; j < entries; j++)
            {
                if (BitConverter.ToUInt32(image, (int)entry) == hash)
                    return entry + 4;
                entry += BitConverter.ToUInt32(image, (int)entry + 12);
            }

            need += BitConverter.ToUInt32(image, (int)need + 12);
        }

        return -1;
    }

    // The System V ABI's hash of a symbol name.
    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (var c in name)
        {
            hash = (hash << 4) + c;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }
}

#if !PATCH_ONLY
/// <summary>
/// Fills the one folder of native libraries that every project of the repository loads from: hard links to the
/// package's files (copies across file systems), and a copy of libLibTorchSharp.so that loads on this host.
/// </summary>
public sealed class PrepareLibtorch : Task
{
    /// <summary>The folder to make; complete whenever it exists.</summary>
    [Required]
    public string Folder { get; set; }

    /// <summary>libtorch's own libraries, from its package or packages.</summary>
    [Required]
    public ITaskItem[] Libraries { get; set; }

    /// <summary>TorchSharp's native half, from its package.</summary>
    [Required]
    public string Bridge { get; set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (Libraries.Length == 0 || !File.Exists(Bridge))
        {
            Log.LogError("No libtorch in the package folder (" + Bridge + "): run dotnet restore. Other platforms "
                + "than linux-x64 need the property TorchBackend and their package in Directory.Packages.props.");
            return false;
        }

        var parent = Path.GetDirectoryName(Path.GetFullPath(Folder));
        Directory.CreateDirectory(parent);
        // Projects build in parallel, in processes of their own: one makes the folder, the others wait for it.
        using (Lock(Path.Combine(parent, ".lock")))
        {
            if (!Directory.Exists(Folder))
                Fill(Folder);
        }

        return !Log.HasLoggedErrors;
    }

    private void Fill(string folder)
    {
        var beside = folder + ".new";
        if (Directory.Exists(beside))
            Directory.Delete(beside, true);
        Directory.CreateDirectory(beside);
        foreach (var library in Libraries)
            LinkOrCopy(library.ItemSpec, Path.Combine(beside, Path.GetFileName(library.ItemSpec)));

        var bridge = File.ReadAllBytes(Bridge);
        if (HostLacksVersion() && ElfSymbolVersion.MakeWeak(bridge, ElfSymbolVersion.Version))
        {
            Log.LogMessage(MessageImportance.High, "libtorch: this host's libstdc++ lacks "
                + ElfSymbolVersion.Version + "; the copy of " + Path.GetFileName(Bridge) + " no longer insists.");
        }

        // Written, never linked: the package's own file must stay as it is.
        File.WriteAllBytes(Path.Combine(beside, Path.GetFileName(Bridge)), bridge);
        Directory.Move(beside, folder);
    }

    private static bool HostLacksVersion()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            return false;
        foreach (var folder in LibraryFolders())
        {
            var path = Path.Combine(folder, "libstdc++.so.6");
            if (File.Exists(path))
                return !ElfSymbolVersion.Defines(File.ReadAllBytes(path), ElfSymbolVersion.Version);
        }

        return false;
    }

    // In the loader's order.
    private static IEnumerable<string> LibraryFolders()
    {
        var path = Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "";
        foreach (var folder in path.Split(new[] { ':' }, StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        yield return "/lib/x86_64-linux-gnu";
        yield return "/usr/lib/x86_64-linux-gnu";
        yield return "/lib64";
        yield return "/usr/lib64";
        yield return "/lib";
        yield return "/usr/lib";
    }

    private static void LinkOrCopy(string source, string target)
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows) || Link(source, target) != 0)
            File.Copy(source, target);
    }

    private static FileStream Lock(string path)
    {
        var deadline = DateTime.UtcNow.AddMinutes(5);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < deadline)
            {
                Thread.Sleep(100);
            }
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link(string source, string target);
}
#endif
