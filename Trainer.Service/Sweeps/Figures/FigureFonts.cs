using System.Reflection;
using SkiaSharp;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>
/// The letters of PNG pictures: Inter (SIL Open Font License 1.1), which comes with the service, so that a machine
/// without any font draws the same picture.
/// </summary>
internal static class FigureFonts
{
    // Avalonia's package of Inter is a library that has the fonts in one resource. Only its bytes are wanted.
    private const string Package = "fonts/Avalonia.Fonts.Inter.dll";
    private const string Resource = "!AvaloniaResources";

    private static readonly Lazy<SKTypeface> s_regular = new(() => Load("Inter-Regular.ttf"));
    private static readonly Lazy<SKTypeface> s_bold = new(() => Load("Inter-SemiBold.ttf"));

    public static SKTypeface Regular => s_regular.Value;

    public static SKTypeface Bold => s_bold.Value;

    // The resource: bytes of the index; its version, its count, and for each file a path, an offset behind the index
    // and a length; then the files.
    private static SKTypeface Load(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, Package);
        using var stream = Assembly.LoadFile(path).GetManifestResourceStream(Resource)
            ?? throw new InvalidDataException($"{path} has no resource {Resource}.");
        using var reader = new BinaryReader(stream);
        var files = sizeof(int) + reader.ReadInt32();
        _ = reader.ReadInt32();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var (file, offset, length) = (reader.ReadString(), reader.ReadInt32(), reader.ReadInt32());
            if (!file.EndsWith($"/{name}", StringComparison.Ordinal))
                continue;
            stream.Position = files + offset;
            using var data = SKData.CreateCopy(reader.ReadBytes(length));
            return SKTypeface.FromData(data) ?? throw new InvalidDataException($"{name} of {path} is no font.");
        }

        throw new InvalidDataException($"{path} has no {name}.");
    }
}
