using System.CommandLine;
using Platform.Modeling;

namespace Platform.Benchmarks;

/// <summary>Flags that several benchmarks share.</summary>
internal static class Flags
{
    public static Option<int> Number(string name, int value, string description) => new(name)
    {
        Description = $"{description} (default {value}).",
        DefaultValueFactory = _ => value,
    };

    public static Option<string> Text(string name, string value, string description) => new(name)
    {
        Description = $"{description} (default {value}).",
        DefaultValueFactory = _ => value,
    };

    public static Option<int> Threads() => Number("--threads", 0, "CPU threads of one operation; 0 leaves the default");

    public static Option<Precision> Precision(Precision value) => new("--precision")
    {
        Description = $"fp32, tf32 or bf16 (default {value}).".ToLowerInvariant(),
        DefaultValueFactory = _ => value,
    };
}
