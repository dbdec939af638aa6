using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Platform.Modeling;

/// <summary>
/// Loads libtorch once for the process, from the first of: the folder in <c>PLATFORM_LIBTORCH</c>; the program's own
/// folder (a published program carries the libraries); the repository's one shared folder, which the build made and
/// whose path it left in this assembly.
/// </summary>
/// <remarks>
/// Nothing here runs until something asks for tensors, so a process may reference this library and never load
/// libtorch (about 0.5 GB of mapped files).
/// </remarks>
public static class Libtorch
{
    /// <summary>The environment variable that overrides the folder of the native libraries.</summary>
    public const string FolderVariable = "PLATFORM_LIBTORCH";

    private static readonly Lock Gate = new();
    private static bool s_loaded;

    /// <summary>What the build chose: <c>cpu</c> or <c>cuda</c>.</summary>
    public static string Backend => Metadata("TorchBackend");

    /// <summary>The version of libtorch that the build took, for example <c>2.10.0</c>; loads nothing.</summary>
    public static string Version => Metadata("LibtorchVersion");

    /// <summary>Whether this process has loaded libtorch through <see cref="EnsureLoaded"/>.</summary>
    public static bool IsLoaded
    {
        get
        {
            lock (Gate)
                return s_loaded;
        }
    }

    internal static string BridgeFile =>
        OperatingSystem.IsWindows() ? "LibTorchSharp.dll"
        : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib"
        : "libLibTorchSharp.so";

    /// <summary>Loads libtorch now; does nothing the second time.</summary>
    /// <exception cref="DllNotFoundException">No folder has it, or it does not load; says what was tried.</exception>
    public static void EnsureLoaded()
    {
        lock (Gate)
        {
            if (s_loaded)
                return;
            Load(FindFolder());
            // TorchSharp finds its libraries already loaded, by name.
            torch.InitializeDeviceType(DeviceType.CPU);
            s_loaded = true;
        }
    }

    /// <summary>The folder of the native libraries.</summary>
    /// <exception cref="DllNotFoundException">None of the places has them.</exception>
    public static string FindFolder()
    {
        var candidates = Candidates().ToList();
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, BridgeFile)))
            ?? throw new DllNotFoundException(
                $"{BridgeFile} is in none of: {string.Join(", ", candidates)}. Build the solution on this machine "
                + $"(dotnet build), or set {FolderVariable} to a folder with libtorch and {BridgeFile}.");
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
            yield return folder;
        yield return AppContext.BaseDirectory;
        yield return Metadata("LibtorchFolder");
    }

    private static void Load(string folder)
    {
        try
        {
            // libtorch registers its CUDA kernels when this library is loaded; nothing links to it by name.
            var cuda = Path.Combine(folder, "libtorch_cuda.so");
            if (File.Exists(cuda))
                NativeLibrary.Load(cuda);
            // The bridge's run path is its own folder, so libtorch, c10 and OpenMP come from beside it.
            NativeLibrary.Load(Path.Combine(folder, BridgeFile));
        }
        catch (DllNotFoundException exception)
        {
            throw new DllNotFoundException(
                $"libtorch in {folder} does not load: {exception.Message} Delete that folder and build again to have "
                + "it made for this machine's C++ library.",
                exception);
        }
    }

    private static string Metadata(string key) =>
        typeof(Libtorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == key)?.Value ?? "";
}
