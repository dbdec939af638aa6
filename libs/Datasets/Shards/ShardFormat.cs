using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Datasets.Shards;

/// <summary>
/// The headers and names of token files. llm.c's has 256 little-endian int32 (magic, version, token count, zeros), then
/// the tokens: uint16 where the vocabulary allows it and uint32 beyond (the magic tells which). numpy's is version 1.0
/// in 128 bytes. nanoGPT's has none.
/// </summary>
public static partial class ShardFormat
{
    /// <summary>Size of llm.c's header in bytes.</summary>
    public const int HeaderBytes = 256 * sizeof(int);

    /// <summary>The largest vocabulary whose ids fit into two bytes.</summary>
    public const int LargestNarrowVocabulary = 65_536;

    /// <summary>What follows a shard's name in that of its loss mask: a byte a token, 1 where its prediction
    /// counts.</summary>
    public const string MaskSuffix = ".mask";

    internal const int NarrowMagic = 20240520;
    internal const int NarrowVersion = 1;
    internal const int WideMagic = 20240801;
    internal const int WideVersion = 7;
    internal const string NpyExtension = ".npy";

    private const int NpyHeaderBytes = 128;
    private const int NpyPreambleBytes = 10;

    private static readonly byte[] s_npyMagic = [0x93, .. "NUMPY"u8, 1, 0];

    /// <summary>Bytes of one token on disk for a vocabulary of this size: 2 or 4.</summary>
    public static int TokenBytes(int vocabularySize) => vocabularySize <= LargestNarrowVocabulary ? 2 : 4;

    /// <summary>The name of a shard: <c>train_000000.bin</c>; names sort in the order of the shards.</summary>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="index">From 0.</param>
    /// <param name="kind">The format.</param>
    public static string FileName(string split, int index, ShardKind kind = ShardKind.LlmC) => kind switch
    {
        ShardKind.Raw => $"{split}.bin",
        ShardKind.Npy => $"{split}_{index:D6}{NpyExtension}",
        _ => $"{split}_{index:D6}.bin",
    };

    internal static int HeaderBytesOf(ShardKind kind) => kind switch
    {
        ShardKind.Raw => 0,
        ShardKind.Npy => NpyHeaderBytes,
        _ => HeaderBytes,
    };

    internal static byte[] Header(ShardLayout layout, long count)
    {
        var header = new byte[HeaderBytesOf(layout.Kind)];
        var narrow = layout.TokenBytes == 2;
        if (layout.Kind == ShardKind.LlmC)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header, narrow ? NarrowMagic : WideMagic);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), narrow ? NarrowVersion : WideVersion);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), (int)count);
        }
        else if (layout.Kind == ShardKind.Npy)
        {
            s_npyMagic.CopyTo(header, 0);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), NpyHeaderBytes - NpyPreambleBytes);
            var dictionary = string.Create(
                CultureInfo.InvariantCulture,
                $"{{'descr': '<u{layout.TokenBytes}', 'fortran_order': False, 'shape': ({count},), }}");
            header.AsSpan(NpyPreambleBytes).Fill((byte)' ');
            Encoding.ASCII.GetBytes(dictionary, header.AsSpan(NpyPreambleBytes));
            header[^1] = (byte)'\n';
        }

        return header;
    }

    /// <summary>Whether a file begins as numpy's do, or as one of llm.c's: its magic numbers are the days of 2024 on
    /// which it began to write them, and as two ids of nanoGPT's format such a day is beyond GPT-2's.</summary>
    internal static bool HasHeader(ReadOnlySpan<byte> start) =>
        start.StartsWith(s_npyMagic.AsSpan(0, 6))
        || (start.Length >= sizeof(int)
            && BinaryPrimitives.ReadInt32LittleEndian(start) is >= 20240101 and <= 20241231);

    /// <summary>Reads a file's header.</summary>
    /// <param name="path">For errors.</param>
    /// <param name="start">The file's first bytes, 1,024 of them where it has so many.</param>
    /// <param name="size">The file's size.</param>
    /// <exception cref="DamagedShardException">It is none of the known ones, or the size disagrees with it.</exception>
    internal static (int HeaderBytes, int TokenBytes, long Count) ReadHeader(
        string path, ReadOnlySpan<byte> start, long size)
    {
        var (header, tokenBytes, count) = start.StartsWith(s_npyMagic.AsSpan(0, 6))
            ? ReadNpy(path, start)
            : ReadLlmC(path, start, size);
        return count >= 0 && size == header + tokenBytes * count
            ? (header, tokenBytes, count)
            : throw new DamagedShardException(path, $"its header tells of {count} tokens, its size is {size} bytes");
    }

    private static (int HeaderBytes, int TokenBytes, long Count) ReadLlmC(
        string path, ReadOnlySpan<byte> start, long size)
    {
        if (start.Length < HeaderBytes)
            throw new DamagedShardException(path, $"it has {size} bytes, less than its header's 1024");
        var magic = BinaryPrimitives.ReadInt32LittleEndian(start);
        var version = BinaryPrimitives.ReadInt32LittleEndian(start[4..]);
        var tokenBytes = (magic, version) switch
        {
            (NarrowMagic, NarrowVersion) => 2,
            (WideMagic, WideVersion) => 4,
            _ => throw new DamagedShardException(path, $"magic {magic} with version {version} is no token file"),
        };
        return (HeaderBytes, tokenBytes, BinaryPrimitives.ReadInt32LittleEndian(start[8..]));
    }

    private static (int HeaderBytes, int TokenBytes, long Count) ReadNpy(string path, ReadOnlySpan<byte> start)
    {
        var length = start.Length < NpyPreambleBytes ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        if (start.Length < NpyPreambleBytes + length || start[6] != 1)
            throw new DamagedShardException(path, "its numpy header is cut off or of another version than 1.0");
        var match = NpyDictionary().Match(Encoding.ASCII.GetString(start.Slice(NpyPreambleBytes, length)));
        return match.Success
            ? (
                NpyPreambleBytes + length,
                match.Groups[1].Value[0] - '0',
                long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
            : throw new DamagedShardException(path, "it is no one-dimensional numpy array of uint16 or uint32");
    }

    [GeneratedRegex(@"^\{'descr': ?'<[ui]([24])', ?'fortran_order': ?False, ?'shape': ?\((\d{1,18}),\),? ?\}\s*$")]
    private static partial Regex NpyDictionary();
}
