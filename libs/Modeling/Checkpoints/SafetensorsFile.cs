using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// A safetensors file opened for reading, memory-mapped: an 8-byte little-endian header length, a JSON header, raw
/// little-endian tensors.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    // As the format's own library limits it.
    private const long LongestHeader = 100_000_000;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsEntry> _tensors = [];
    private readonly Dictionary<string, string> _metadata = [];
    private readonly byte* _start;

    private SafetensorsFile(string path)
    {
        _path = path;
        var size = new FileInfo(path).Length;
        if (size < 8)
            throw Damaged("it is shorter than its header");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            ReadHeader(size);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors => _tensors;

    /// <summary>The header's <c>__metadata__</c>; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="InvalidDataException">The file is truncated or damaged, or has an unknown type.</exception>
    public static SafetensorsFile Open(string path) => new(path);

    /// <summary>A new tensor with the values of one in the file; for the caller's dispose scope.</summary>
    /// <exception cref="InvalidDataException">No such tensor.</exception>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        var tensor = empty(entry.Shape, dtype: entry.Type);
        Copy(entry, tensor);
        return tensor;
    }

    /// <summary>Fills a tensor of the same shape, of whatever type and device, with one in the file.</summary>
    /// <exception cref="InvalidDataException">No such tensor, or its shape differs.</exception>
    public void CopyTo(string name, Tensor target)
    {
        var entry = Find(name);
        if (!entry.Shape.SequenceEqual(target.shape))
        {
            throw Damaged(
                $"{name} has the shape ({string.Join(", ", entry.Shape)}), "
                + $"not ({string.Join(", ", target.shape)})");
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (target.dtype == entry.Type && target.device.type == TorchSharp.DeviceType.CPU && target.is_contiguous())
            Copy(entry, target);
        else
            target.copy_(Read(name));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private SafetensorsEntry Find(string name) =>
        _tensors.GetValueOrDefault(name) ?? throw Damaged($"it has no tensor {name}");

    private void Copy(SafetensorsEntry entry, Tensor target) =>
        new ReadOnlySpan<byte>(_start + entry.Offset, checked((int)entry.Length)).CopyTo(target.bytes);

    private void ReadHeader(long size)
    {
        var length = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(_start, 8));
        if (length is < 2 or > LongestHeader || length > size - 8)
            throw Damaged($"its header claims {length} bytes of {size}");
        var data = 8 + length;
        try
        {
            var reader = new Utf8JsonReader(new ReadOnlySpan<byte>(_start + 8, (int)length));
            using var header = JsonDocument.ParseValue(ref reader);
            foreach (var property in header.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                {
                    foreach (var item in property.Value.EnumerateObject())
                        _metadata[item.Name] = item.Value.GetString() ?? "";
                }
                else
                {
                    _tensors[property.Name] = ReadEntry(property, data, size);
                }
            }
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Damaged($"its header is not valid: {exception.Message}");
        }
    }

    private SafetensorsEntry ReadEntry(JsonProperty property, long data, long size)
    {
        var typeName = property.Value.GetProperty("dtype").GetString() ?? "";
        var (type, elementSize) = SafetensorsTypes.Find(typeName)
            ?? throw Damaged($"{property.Name} has the unknown type {typeName}");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(item => item.GetInt64())];
        var offsets = property.Value.GetProperty("data_offsets");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        var expected = (Int128)elementSize;
        foreach (var extent in shape)
            expected *= extent;
        if (begin < 0 || end < begin || end > size - data || shape.Any(extent => extent < 0)
            || end - begin != expected)
            throw Damaged($"{property.Name} lies at {begin} to {end} of {size - data} bytes of data");
        return new SafetensorsEntry(type, shape, data + begin, end - begin);
    }

    private InvalidDataException Damaged(string what) => new($"{_path} cannot be read: {what}.");
}
