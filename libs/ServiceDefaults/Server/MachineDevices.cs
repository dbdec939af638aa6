using System.Globalization;
using Platform.Contracts.Server.V1;

namespace Platform.ServiceDefaults.Server;

/// <summary>
/// The machine's devices, found without libtorch, so that a service that never loads it can list them too. The first
/// is what <c>auto</c> chooses.
/// </summary>
public static class MachineDevices
{
    private const string NvidiaCards = "/proc/driver/nvidia/gpus";

    /// <summary>NVIDIA cards by the driver's own list, then the processor.</summary>
    public static IReadOnlyList<DeviceInfo> List() => [.. Cards(NvidiaCards), Processor()];

    internal static IEnumerable<DeviceInfo> Cards(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        return Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select((card, index) => new DeviceInfo
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"),
            Description = Field(Path.Combine(card, "information"), "Model:") ?? "NVIDIA card",
        });
    }

    private static DeviceInfo Processor() => new()
    {
        Name = "cpu",
        Description = Field("/proc/cpuinfo", "model name") is { } name ? name.TrimStart(':', ' ', '\t') : "processor",
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Cores = Environment.ProcessorCount,
    };

    private static string? Field(string file, string name) => File.Exists(file)
        ? File.ReadLines(file)
            .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim()
        : null;
}
