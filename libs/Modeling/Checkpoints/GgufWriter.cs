using System.Text;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Writes GGUF, version 3: header, entries, tensor descriptions, then fp32 tensors at multiples of 32 bytes.
/// </summary>
internal sealed class GgufWriter(string path) : IDisposable
{
    private const uint Version = 3;
    private const int Alignment = 32;

    private readonly BinaryWriter _writer = new(new FileStream(
        path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20));

    /// <summary>Writes the whole file.</summary>
    /// <param name="entries">Values are int, float, string, int[] or string[].</param>
    /// <param name="tensors">Written as fp32.</param>
    public void Write(
        IReadOnlyList<(string Key, object Value)> entries, IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        _writer.Write("GGUF"u8);
        _writer.Write(Version);
        _writer.Write((ulong)tensors.Count);
        _writer.Write((ulong)entries.Count);
        foreach (var (key, value) in entries)
        {
            WriteText(key);
            WriteValue(value);
        }

        var offset = 0L;
        foreach (var (name, value) in tensors)
        {
            WriteText(name);
            _writer.Write((uint)value.dim());
            foreach (var extent in value.shape.Reverse()) // the fastest first
                _writer.Write((ulong)extent);
            _writer.Write((uint)GgufTensorType.F32);
            _writer.Write((ulong)offset);
            offset += Aligned(value.NumberOfElements * sizeof(float));
        }

        Pad();
        foreach (var (_, value) in tensors)
        {
            TensorBytes.Read(value, _writer.Write, ScalarType.Float32);
            Pad();
        }

        _writer.Flush();
        ((FileStream)_writer.BaseStream).Flush(flushToDisk: true);
    }

    public void Dispose() => _writer.Dispose();

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private void Pad()
    {
        _writer.Flush();
        var position = _writer.BaseStream.Position;
        _writer.Write(new byte[Aligned(position) - position]);
    }

    private void WriteText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _writer.Write((ulong)bytes.Length);
        _writer.Write(bytes);
    }

    private void WriteValue(object value)
    {
        switch (value)
        {
            case int number:
                _writer.Write((uint)GgufValueType.UInt32);
                _writer.Write(number);
                break;
            case float number:
                _writer.Write((uint)GgufValueType.Float32);
                _writer.Write(number);
                break;
            case string text:
                _writer.Write((uint)GgufValueType.Text);
                WriteText(text);
                break;
            case int[] numbers:
                WriteArray(GgufValueType.Int32, numbers.Length);
                foreach (var number in numbers)
                    _writer.Write(number);
                break;
            case string[] texts:
                WriteArray(GgufValueType.Text, texts.Length);
                foreach (var text in texts)
                    WriteText(text);
                break;
            default:
                throw new ArgumentException($"GGUF entries of the type {value.GetType()} are not written.");
        }
    }

    private void WriteArray(GgufValueType type, int count)
    {
        _writer.Write((uint)GgufValueType.Array);
        _writer.Write((uint)type);
        _writer.Write((ulong)count);
    }
}
