using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Which devices this process has, and which one to compute on.</summary>
public static class ComputeDevice
{
    /// <summary>How many threads one operation uses on the CPU.</summary>
    public static int Threads
    {
        get
        {
            Libtorch.EnsureLoaded();
            return get_num_threads();
        }
    }

    // Elsewhere torch.cuda.is_available() looks in vain for CUDA's libraries in several places.
    private static bool HasCuda => Libtorch.Backend == "cuda" && cuda.is_available();

    /// <summary>Every device in the order of preference: <c>cuda:0</c> …, <c>mps</c>, <c>cpu</c>.</summary>
    public static IReadOnlyList<string> List()
    {
        Libtorch.EnsureLoaded();
        var devices = new List<string>();
        if (HasCuda)
        {
            for (var index = 0; index < cuda.device_count(); index++)
                devices.Add($"cuda:{index}");
        }

        if (TryInitializeDeviceType(DeviceType.MPS))
            devices.Add("mps");
        devices.Add("cpu");
        return devices;
    }

    /// <summary>
    /// The device of a name: <c>auto</c> (or empty) is the first of <see cref="List"/>; else <c>cpu</c>, <c>mps</c>,
    /// <c>cuda</c> (the first) or <c>cuda:N</c>.
    /// </summary>
    /// <exception cref="ArgumentException">No such device here; lists those that there are.</exception>
    public static Device Choose(string name)
    {
        var devices = List();
        var wanted = name switch { "" or "auto" => devices[0], "cuda" => "cuda:0", _ => name };
        return devices.Contains(wanted)
            ? new Device(wanted)
            : throw new ArgumentException($"No device '{name}' here; there are: auto, {string.Join(", ", devices)}.");
    }

    /// <summary>Sets how many threads one operation may use on the CPU; 0 leaves libtorch's choice.</summary>
    public static void SetThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Libtorch.EnsureLoaded();
        if (threads > 0)
            set_num_threads(threads);
    }
}
