using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;

namespace Platform.Datasets.Shards;

/// <summary>One llm.c token file, mapped into memory: opening it reads the header only.</summary>
public sealed unsafe class TokenShard : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _tokens;
    private readonly int _tokenBytes;

    private TokenShard(string path, long count, int tokenBytes)
    {
        FilePath = path;
        Count = count;
        _tokenBytes = tokenBytes;
        if (count == 0)
            return;

        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _tokens = start + _view.PointerOffset + ShardFormat.HeaderBytes;
    }

    /// <summary>Absolute path of the file.</summary>
    public string FilePath { get; }

    /// <summary>Tokens in it.</summary>
    public long Count { get; }

    /// <summary>Maps a file after checking its header against its size.</summary>
    /// <exception cref="DamagedShardException">The header is none of llm.c's or the size disagrees with it.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TokenShard Open(string path)
    {
        Span<byte> header = stackalloc byte[3 * sizeof(int)];
        long size;
        using (var file = File.OpenHandle(path))
        {
            size = RandomAccess.GetLength(file);
            if (size < ShardFormat.HeaderBytes || RandomAccess.Read(file, header, 0) < header.Length)
                throw new DamagedShardException(path, $"it has {size} bytes, less than its header's 1024");
        }

        var magic = BinaryPrimitives.ReadInt32LittleEndian(header);
        var version = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var count = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        var tokenBytes = (magic, version) switch
        {
            (ShardFormat.NarrowMagic, ShardFormat.NarrowVersion) => 2,
            (ShardFormat.WideMagic, ShardFormat.WideVersion) => 4,
            _ => throw new DamagedShardException(path, $"magic {magic} with version {version} is no token file"),
        };
        var expected = ShardFormat.HeaderBytes + (long)tokenBytes * count;
        if (count < 0 || size != expected)
            throw new DamagedShardException(path, $"its header tells of {count} tokens, its size is {size} bytes");

        return new TokenShard(path, count, tokenBytes);
    }

    /// <summary>Copies tokens, widened to the destination's type.</summary>
    /// <param name="start">The first token, from 0.</param>
    /// <param name="destination">Filled whole; <c>int</c> or <c>long</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shard ends before the destination is full.</exception>
    public void CopyTo<TToken>(long start, Span<TToken> destination)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - destination.Length);
        if (destination.IsEmpty)
            return;

        ObjectDisposedException.ThrowIf(_view!.SafeMemoryMappedViewHandle.IsClosed, this);
        if (_tokenBytes == 2)
        {
            var source = new ReadOnlySpan<ushort>(_tokens + 2 * start, destination.Length);
            for (var i = 0; i < source.Length; i++)
                destination[i] = TToken.CreateTruncating(source[i]);
        }
        else
        {
            var source = new ReadOnlySpan<uint>(_tokens + 4 * start, destination.Length);
            for (var i = 0; i < source.Length; i++)
                destination[i] = TToken.CreateTruncating(source[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_view is null || _view.SafeMemoryMappedViewHandle.IsClosed)
            return;

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
