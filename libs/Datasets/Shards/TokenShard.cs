using System.Numerics;

namespace Platform.Datasets.Shards;

/// <summary>One token file of any known format, mapped into memory: opening it reads the header only.</summary>
public sealed unsafe class TokenShard : IDisposable
{
    /// <summary>The target of a prediction that does not count in the loss: PyTorch's ignore_index.</summary>
    public const int Ignored = -100;

    private readonly MappedFile? _file;
    private readonly MappedFile? _mask;
    private readonly byte* _tokens;
    private readonly int _tokenBytes;

    private TokenShard(string path, int headerBytes, int tokenBytes, long count)
    {
        FilePath = path;
        Count = count;
        _tokenBytes = tokenBytes;
        var mask = new FileInfo(path + ShardFormat.MaskSuffix);
        if (mask.Exists && mask.Length != count)
            throw new DamagedShardException(mask.FullName, $"it has {mask.Length} bytes for {count} tokens");
        if (count == 0)
            return;
        _file = new MappedFile(path);
        _tokens = _file.Start + headerBytes;
        if (mask.Exists)
            _mask = new MappedFile(mask.FullName);
    }

    /// <summary>Absolute path of the file.</summary>
    public string FilePath { get; }

    /// <summary>Tokens in it.</summary>
    public long Count { get; }

    /// <summary>Whether some of its tokens do not count in the loss.</summary>
    public bool IsMasked => _mask is not null;

    /// <summary>Maps a file of llm.c's or numpy's format after checking its header against its size.</summary>
    /// <exception cref="DamagedShardException">The header is none of these or the size disagrees with it.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TokenShard Open(string path)
    {
        var start = new byte[ShardFormat.HeaderBytes];
        long size;
        int read;
        using (var file = File.OpenHandle(path))
        {
            size = RandomAccess.GetLength(file);
            read = RandomAccess.Read(file, start, 0);
        }

        var (headerBytes, tokenBytes, count) = ShardFormat.ReadHeader(path, start.AsSpan(0, read), size);
        return new TokenShard(path, headerBytes, tokenBytes, count);
    }

    /// <summary>Maps nanoGPT's format: uint16 without a header.</summary>
    /// <exception cref="DamagedShardException">The size is odd.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TokenShard OpenRaw(string path)
    {
        var size = new FileInfo(path).Length;
        return size % sizeof(ushort) == 0
            ? new TokenShard(path, 0, sizeof(ushort), size / sizeof(ushort))
            : throw new DamagedShardException(path, $"it has {size} bytes, no whole number of 16-bit tokens");
    }

    /// <summary>Maps a file that was made elsewhere: numpy's or llm.c's format where it begins like one, else
    /// nanoGPT's.</summary>
    /// <exception cref="DamagedShardException">It is none of them.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TokenShard OpenForeign(string path)
    {
        var start = new byte[ShardFormat.HeaderBytes];
        int read;
        using (var file = File.OpenHandle(path))
            read = RandomAccess.Read(file, start, 0);
        return ShardFormat.HasHeader(start.AsSpan(0, read)) ? Open(path) : OpenRaw(path);
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

        ObjectDisposedException.ThrowIf(_file!.IsClosed, this);
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

    /// <summary>Copies tokens as targets: those that do not count in the loss become <see cref="Ignored"/>.</summary>
    /// <inheritdoc cref="CopyTo{TToken}(long, Span{TToken})"/>
    public void CopyTargetsTo<TToken>(long start, Span<TToken> destination)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        CopyTo(start, destination);
        if (_mask is null)
            return;
        var mask = new ReadOnlySpan<byte>(_mask.Start + start, destination.Length);
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i] == 0)
                destination[i] = TToken.CreateTruncating(Ignored);
        }
    }

    /// <summary>How many of these tokens count in the loss.</summary>
    public long CountTargets(long start, long length)
    {
        if (_mask is null)
            return length;
        var count = 0L;
        while (length > 0)
        {
            var part = (int)Math.Min(length, 1 << 20);
            count += new ReadOnlySpan<byte>(_mask.Start + start, part).Count((byte)1);
            (start, length) = (start + part, length - part);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _mask?.Dispose();
    }
}
