using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Platform.Datasets.Shards;

/// <summary>
/// Writes the shards of one split as tokens come in; a document may cross from one shard into the next. Every shard but
/// the last holds exactly the limit. Nothing is complete before <see cref="Complete"/> has returned.
/// </summary>
public sealed class ShardWriter : IDisposable
{
    /// <summary>The default and nanoGPT's customary size of a shard in tokens.</summary>
    public const long DefaultShardTokens = 100_000_000;

    private readonly string _folder;
    private readonly string _split;
    private readonly long _shardTokens;
    private readonly int _vocabularySize;
    private readonly int _tokenBytes;
    private readonly List<ShardFile> _files = [];
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _buffered;
    private FileStream? _stream;
    private long _count;

    /// <summary>Prepares to write; a file is created with the first token.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="vocabularySize">Ids must be below it; it decides between two and four bytes a token.</param>
    /// <param name="shardTokens">Tokens in a shard at most, 1 to 2,147,483,647 (the header's field is an
    /// int32).</param>
    public ShardWriter(string folder, string split, int vocabularySize, long shardTokens = DefaultShardTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shardTokens, int.MaxValue);
        _folder = folder;
        _split = split;
        _vocabularySize = vocabularySize;
        _tokenBytes = ShardFormat.TokenBytes(vocabularySize);
        _shardTokens = shardTokens;
    }

    /// <summary>Tokens written so far, over all shards.</summary>
    public long TotalTokens { get; private set; }

    /// <summary>Appends tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary's size.</exception>
    public void Append(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)_vocabularySize)
                throw new ArgumentOutOfRangeException(nameof(tokens), token, "The id is not in the vocabulary.");
            if (_stream is null)
                OpenShard();
            if (_buffered == _buffer.Length)
                FlushBuffer();
            if (_tokenBytes == 2)
                BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_buffered), (ushort)token);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_buffered), (uint)token);
            _buffered += _tokenBytes;
            TotalTokens++;
            if (++_count == _shardTokens)
                CloseShard();
        }
    }

    /// <summary>Ends the last shard and answers all of them in order; they are flushed to disk.</summary>
    public IReadOnlyList<ShardFile> Complete()
    {
        if (_stream is not null)
            CloseShard();
        return _files;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    private void OpenShard()
    {
        var path = Path.Combine(_folder, ShardFormat.FileName(_split, _files.Count));
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _stream.Write(Header(count: 0));
    }

    private void CloseShard()
    {
        FlushBuffer();
        var stream = _stream!;
        stream.Position = 0;
        stream.Write(Header(_count));
        stream.Flush(flushToDisk: true);
        stream.Position = 0;
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
        _files.Add(new ShardFile(Path.GetFileName(stream.Name), _count, stream.Length, sha256));
        stream.Dispose();
        _stream = null;
        _count = 0;
    }

    private void FlushBuffer()
    {
        _stream!.Write(_buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }

    private byte[] Header(long count)
    {
        var header = new byte[ShardFormat.HeaderBytes];
        var narrow = _tokenBytes == 2;
        BinaryPrimitives.WriteInt32LittleEndian(header, narrow ? ShardFormat.NarrowMagic : ShardFormat.WideMagic);
        BinaryPrimitives.WriteInt32LittleEndian(
            header.AsSpan(4), narrow ? ShardFormat.NarrowVersion : ShardFormat.WideVersion);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), (int)count);
        return header;
    }
}
