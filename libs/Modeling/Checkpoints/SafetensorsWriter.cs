using System.Text.Json;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Writes safetensors files, one tensor in memory at a time.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes beside the path, flushes to the disk, then renames: a reader sees all or nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names and values, on any device; written as they are, in this order.</param>
    /// <param name="metadata">Text for the header; may be null.</param>
    /// <param name="snapshot">Where the values are read from while training goes on; null: the tensors.</param>
    public static void Write(
        string path,
        IReadOnlyList<(string Name, Tensor Value)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        TensorSnapshot? snapshot = null)
    {
        var beside = path + ".new";
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            stream.Write(Header(tensors, metadata));
            foreach (var (_, value) in tensors)
            {
                if (snapshot is null)
                    TensorBytes.Read(value, stream.Write);
                else
                    snapshot.Read(value, stream.Write);
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
    }

    private static byte[] Header(
        IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(new byte[8]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var (name, value) in tensors)
            {
                var end = offset + (value.NumberOfElements * value.ElementSize);
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsTypes.NameOf(value.dtype));
                json.WriteStartArray("shape");
                foreach (var extent in value.shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // The data starts at a multiple of 8, so that mapped tensors are aligned; the format pads with spaces.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        var header = buffer.ToArray();
        BitConverter.TryWriteBytes(header, header.Length - 8L);
        return header;
    }
}
