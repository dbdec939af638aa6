using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Platform.Modeling;

/// <summary>Answers TorchSharp's own look-ups of its native libraries, whoever uses a tensor first.</summary>
internal static class LibtorchResolver
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The look-up must work before any call into this library.")]
    internal static void Register() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name is not ("LibTorchSharp" or "torch_cpu" or "torch_cuda"))
            return 0;
        var file = Libtorch.BridgeFile.Replace("LibTorchSharp", name, StringComparison.Ordinal);
        return NativeLibrary.TryLoad(Path.Combine(Libtorch.FindFolder(), file), out var handle) ? handle : 0;
    }
}
