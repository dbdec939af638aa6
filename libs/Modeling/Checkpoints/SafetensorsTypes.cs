using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>The format's names of element types.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] All =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2), ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1), ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    public static (ScalarType Type, int Size)? Find(string name)
    {
        var found = All.FirstOrDefault(entry => entry.Name == name);
        return found.Name is null ? null : (found.Type, found.Size);
    }

    public static string NameOf(ScalarType type)
    {
        var found = All.FirstOrDefault(entry => entry.Type == type);
        return found.Name ?? throw new ArgumentException($"safetensors has no element type {type}.");
    }
}
