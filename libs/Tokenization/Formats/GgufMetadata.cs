using System.Buffers.Binary;
using System.Text;

namespace Platform.Tokenization.Formats;

/// <summary>The key-value pairs at the beginning of a GGUF file (versions 2 and 3); tensors are not read.</summary>
internal sealed class GgufMetadata
{
    private const uint Magic = 0x46554747; // "GGUF", little-endian
    private const long MaxEntries = 1 << 24;

    private readonly Dictionary<string, object> _values = [];

    private GgufMetadata()
    {
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="TokenizerFormatException">The file is no GGUF, too new or damaged.</exception>
    public static GgufMetadata Read(string path)
    {
        using var stream = new BufferedStream(File.OpenRead(path), 1 << 16);
        try
        {
            return Read(new Source(stream));
        }
        catch (EndOfStreamException e)
        {
            throw new TokenizerFormatException($"{path}: the file ends in the middle.", e);
        }
        catch (TokenizerFormatException e)
        {
            throw new TokenizerFormatException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>A string; null where there is none of that name.</summary>
    public string? Text(string key) => _values.GetValueOrDefault(key) as string;

    /// <summary>An array of strings; null where there is none of that name.</summary>
    public IReadOnlyList<string>? Texts(string key) => _values.GetValueOrDefault(key) as string[];

    /// <summary>An array of whole numbers; null where there is none of that name.</summary>
    public IReadOnlyList<long>? Numbers(string key) => _values.GetValueOrDefault(key) as long[];

    private static GgufMetadata Read(Source source)
    {
        if (source.UInt32() != Magic)
            throw new TokenizerFormatException("this is no GGUF file.");
        var version = source.UInt32();
        if (version is not (2 or 3))
            throw new TokenizerFormatException($"its GGUF version is {version}; 2 and 3 can be read.");
        _ = source.Count(); // tensors
        var metadata = new GgufMetadata();
        for (var left = source.Count(); left > 0; left--)
        {
            var key = source.Text();
            metadata._values[key] = source.Value(source.UInt32());
        }

        return metadata;
    }

    private sealed class Source(Stream stream)
    {
        private readonly byte[] _buffer = new byte[8];

        public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        /// <summary>A number of things, which a damaged file must not make into an endless loop.</summary>
        public long Count()
        {
            var count = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
            return count <= MaxEntries
                ? (long)count
                : throw new TokenizerFormatException($"{count} entries are too many.");
        }

        public string Text()
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
            if (length > (ulong)(stream.Length - stream.Position))
                throw new EndOfStreamException();
            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return Encoding.UTF8.GetString(bytes);
        }

        public object Value(uint type)
        {
            if (type == 8)
                return Text();
            if (type != 9)
                return Number(type);
            var element = UInt32();
            var count = Count();
            if (element == 8)
            {
                // Not allocated at once: a false count would take much memory before the file's end shows.
                var texts = new List<string>();
                while (texts.Count < count)
                    texts.Add(Text());
                return texts.ToArray();
            }

            var numbers = new List<long>();
            while (numbers.Count < count)
                numbers.Add(Number(element));
            return numbers.ToArray();
        }

        private long Number(uint type) => type switch
        {
            0 or 7 => Take(1)[0],
            1 => (sbyte)Take(1)[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
            3 => BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
            4 => UInt32(),
            5 => BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
            // Real numbers say nothing about a vocabulary.
            6 => (long)BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
            10 or 11 => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
            12 => (long)BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
            _ => throw new TokenizerFormatException($"a value has the unknown type {type}."),
        };

        private ReadOnlySpan<byte> Take(int count)
        {
            stream.ReadExactly(_buffer, 0, count);
            return _buffer.AsSpan(0, count);
        }
    }
}
