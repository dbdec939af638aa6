using System.Text;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>A GGUF file opened for reading: its entries and its tensors that are not quantised.</summary>
internal sealed class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const int MostDimensions = 4;
    private const long LongestText = 1 << 26;

    private readonly string _path;
    private readonly BinaryReader _reader;
    private readonly Dictionary<string, object> _entries = [];
    private readonly Dictionary<string, (GgufTensorType Type, long[] Shape, long Offset)> _tensors = [];
    private readonly long _data;

    public GgufFile(string path)
    {
        _path = path;
        _reader = new BinaryReader(File.OpenRead(path));
        try
        {
            Require(_reader.ReadUInt32() == Magic, "it does not begin with GGUF");
            Require(_reader.ReadUInt32() is 2 or 3, "its version is neither 2 nor 3");
            var tensors = _reader.ReadUInt64();
            var entries = _reader.ReadUInt64();
            for (var i = 0UL; i < entries; i++)
                _entries[ReadText()] = ReadValue((GgufValueType)_reader.ReadUInt32());
            for (var i = 0UL; i < tensors; i++)
                ReadDescription();
            var alignment = _entries.TryGetValue("general.alignment", out var value)
                ? Convert.ToInt64(value, null)
                : 32;
            Require(alignment > 0, "its alignment is not positive");
            _data = (_reader.BaseStream.Position + alignment - 1) / alignment * alignment;
        }
        catch (Exception e) when (e is EndOfStreamException or OverflowException)
        {
            Dispose();
            throw new InvalidDataException($"{path} is cut short or damaged.", e);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, object> Entries => _entries;

    public IReadOnlyDictionary<string, (GgufTensorType Type, long[] Shape, long Offset)> Tensors => _tensors;

    /// <summary>A tensor, for the caller's dispose scope.</summary>
    public Tensor Read(string name)
    {
        Require(_tensors.TryGetValue(name, out var description), $"it has no tensor {name}");
        var type = description.Type switch
        {
            GgufTensorType.F32 => ScalarType.Float32,
            GgufTensorType.F16 => ScalarType.Float16,
            GgufTensorType.BF16 => ScalarType.BFloat16,
            _ => throw new InvalidDataException($"{_path}: {name} is quantised (type {description.Type})."),
        };
        var tensor = empty(description.Shape, dtype: type);
        _reader.BaseStream.Position = _data + description.Offset;
        try
        {
            _reader.BaseStream.ReadExactly(tensor.bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"{_path} is cut short within {name}.", e);
        }

        return tensor;
    }

    public void Dispose() => _reader.Dispose();

    private void ReadDescription()
    {
        var name = ReadText();
        var dimensions = _reader.ReadUInt32();
        Require(dimensions is >= 1 and <= MostDimensions, $"{name} has {dimensions} dimensions");
        var shape = new long[dimensions];
        for (var i = shape.Length - 1; i >= 0; i--)
            shape[i] = checked((long)_reader.ReadUInt64());
        _tensors[name] = ((GgufTensorType)_reader.ReadUInt32(), shape, checked((long)_reader.ReadUInt64()));
    }

    private string ReadText()
    {
        var length = checked((long)_reader.ReadUInt64());
        Require(length <= LongestText, $"a text of {length} bytes");
        var bytes = _reader.ReadBytes((int)length);
        Require(bytes.Length == length, "it is cut short");
        return Encoding.UTF8.GetString(bytes);
    }

    private object ReadValue(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => _reader.ReadByte(),
        GgufValueType.Int8 => _reader.ReadSByte(),
        GgufValueType.UInt16 => _reader.ReadUInt16(),
        GgufValueType.Int16 => _reader.ReadInt16(),
        GgufValueType.UInt32 => _reader.ReadUInt32(),
        GgufValueType.Int32 => _reader.ReadInt32(),
        GgufValueType.Float32 => _reader.ReadSingle(),
        GgufValueType.Bool => _reader.ReadBoolean(),
        GgufValueType.Text => ReadText(),
        GgufValueType.Array => ReadArray(),
        GgufValueType.UInt64 => _reader.ReadUInt64(),
        GgufValueType.Int64 => _reader.ReadInt64(),
        GgufValueType.Float64 => _reader.ReadDouble(),
        _ => throw new InvalidDataException($"{_path} cannot be read: an entry of the unknown type {type}."),
    };

    private object[] ReadArray()
    {
        var type = (GgufValueType)_reader.ReadUInt32();
        var count = checked((long)_reader.ReadUInt64());
        Require(count <= _reader.BaseStream.Length, $"an array of {count} items");
        var items = new object[count];
        for (var i = 0; i < items.Length; i++)
            items[i] = ReadValue(type);
        return items;
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
            throw new InvalidDataException($"{_path} cannot be read: {problem}.");
    }
}
