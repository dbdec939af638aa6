using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Platform.Datasets.Shards;

/// <summary>
/// Writes the shards of one split as tokens come in; a document may cross from one shard into the next. Every shard but
/// the last holds exactly the limit. Nothing is complete before <see cref="Complete"/> has returned. Shards are flushed
/// and hashed beside the writing.
/// </summary>
public sealed class ShardWriter : IDisposable
{
    /// <summary>The default and nanoGPT's customary size of a shard in tokens.</summary>
    public const long DefaultShardTokens = 100_000_000;

    private const int BufferTokens = 1 << 15;

    private readonly string _folder;
    private readonly string _split;
    private readonly ShardLayout _layout;
    private readonly int _tokenBytes;
    private readonly List<Task<ShardFile>> _files = [];
    private readonly byte[] _buffer;
    private FileStream? _stream;
    private FileStream? _mask;
    private long _count;

    /// <summary>Prepares to write llm.c's format; a file is created with the first token.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="vocabularySize">Ids must be below it; it decides between two and four bytes a token.</param>
    /// <param name="shardTokens">Tokens in a shard at most, 1 to 2,147,483,647 (the header's field is an
    /// int32).</param>
    public ShardWriter(string folder, string split, int vocabularySize, long shardTokens = DefaultShardTokens)
        : this(folder, split, new ShardLayout(vocabularySize) { ShardTokens = shardTokens })
    {
    }

    /// <summary>Prepares to write, or goes on where another writer ended.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="layout">How.</param>
    /// <param name="state">Where the other one ended; what it wrote beyond is cut off. Null: a new beginning.</param>
    /// <exception cref="DamagedShardException">What the state tells of is not there.</exception>
    public ShardWriter(string folder, string split, ShardLayout layout, ShardWriterState? state = null)
    {
        _folder = folder;
        _split = split;
        _layout = layout.Checked();
        _tokenBytes = layout.TokenBytes;
        _buffer = new byte[BufferTokens * _tokenBytes];
        if (state is not null)
            GoOn(state);
    }

    /// <summary>Tokens written so far, over all shards.</summary>
    public long TotalTokens { get; private set; }

    /// <summary>Appends tokens, all of which count in the loss.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary's size.</exception>
    public void Append(ReadOnlySpan<int> tokens) => Append(tokens, 0, tokens.Length);

    /// <summary>Appends tokens, of which only some count in the loss.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="countFrom">The first one that counts.</param>
    /// <param name="countTo">The one behind the last that counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary's size.</exception>
    public void Append(ReadOnlySpan<int> tokens, int countFrom, int countTo)
    {
        for (var done = 0; done < tokens.Length;)
        {
            if (_stream is null)
                OpenShard();
            var length = (int)Math.Min(Math.Min(BufferTokens, tokens.Length - done), _layout.Limit - _count);
            Write(tokens.Slice(done, length));
            if (_mask is not null)
                WriteMask(length, countFrom - done, countTo - done);
            done += length;
            TotalTokens += length;
            _count += length;
            if (_count == _layout.Limit)
                CloseShard();
        }
    }

    /// <summary>Flushes all that was written to disk and says how far that is.</summary>
    public ShardWriterState Flush()
    {
        _stream?.Flush(flushToDisk: true);
        _mask?.Flush(flushToDisk: true);
        return new ShardWriterState(Finished(), _stream is null ? 0 : _count);
    }

    /// <summary>Ends the last shard and answers all of them in order; they are flushed to disk.</summary>
    public IReadOnlyList<ShardFile> Complete()
    {
        if (_stream is not null)
            CloseShard();
        return Finished();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream?.Dispose();
        _mask?.Dispose();
        // Their streams end with them; what went wrong there was told, or is of no matter any more.
        Task.WhenAll(_files).ContinueWith(
            static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Wait();
    }

    private List<ShardFile> Finished() => [.. _files.Select(file => file.GetAwaiter().GetResult())];

    private string PathOf(int index) => Path.Combine(_folder, ShardFormat.FileName(_split, index, _layout.Kind));

    private void GoOn(ShardWriterState state)
    {
        foreach (var file in state.Files)
        {
            CheckSize(Path.Combine(_folder, file.Name), file.SizeBytes);
            if (_layout.Masked)
                CheckSize(Path.Combine(_folder, file.Name + ShardFormat.MaskSuffix), file.Tokens);
            _files.Add(Task.FromResult(file));
            TotalTokens += file.Tokens;
        }

        if (state.OpenTokens == 0)
            return;
        _stream = Reopen(
            PathOf(_files.Count), ShardFormat.HeaderBytesOf(_layout.Kind) + state.OpenTokens * _tokenBytes);
        if (_layout.Masked)
            _mask = Reopen(PathOf(_files.Count) + ShardFormat.MaskSuffix, state.OpenTokens);
        _count = state.OpenTokens;
        TotalTokens += state.OpenTokens;
    }

    private static void CheckSize(string path, long size)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length != size)
            throw new DamagedShardException(path, $"it has {(info.Exists ? info.Length : 0)} of {size} bytes");
    }

    private static FileStream Reopen(string path, long size)
    {
        if (!File.Exists(path) || new FileInfo(path).Length < size)
            throw new DamagedShardException(path, $"it has fewer than {size} bytes");
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        stream.SetLength(size);
        stream.Position = size;
        return stream;
    }

    private void OpenShard()
    {
        var path = PathOf(_files.Count);
        _stream = Create(path);
        _stream.Write(ShardFormat.Header(_layout, count: 0));
        if (_layout.Masked)
            _mask = Create(path + ShardFormat.MaskSuffix);
        _count = 0;
    }

    // One that is there was begun after the state that this writer goes on from.
    private static FileStream Create(string path) =>
        new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

    private void CloseShard()
    {
        var (stream, mask, count) = (_stream!, _mask, _count);
        _files.Add(Task.Run(() => Finish(stream, mask, count)));
        (_stream, _mask, _count) = (null, null, 0);
    }

    private ShardFile Finish(FileStream stream, FileStream? mask, long count)
    {
        using (stream)
        using (mask)
        {
            stream.Position = 0;
            stream.Write(ShardFormat.Header(_layout, count));
            return new ShardFile(
                Path.GetFileName(stream.Name), count, stream.Length, FlushAndHash(stream),
                mask is null ? null : FlushAndHash(mask));
        }
    }

    private static string FlushAndHash(FileStream stream)
    {
        stream.Flush(flushToDisk: true);
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private void Write(ReadOnlySpan<int> tokens)
    {
        var highest = 0u;
        if (_tokenBytes == 2)
        {
            var target = MemoryMarshal.Cast<byte, ushort>(_buffer.AsSpan())[..tokens.Length];
            for (var i = 0; i < target.Length; i++)
            {
                highest = Math.Max(highest, (uint)tokens[i]);
                target[i] = (ushort)tokens[i];
            }

            if (!BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(target, target);
        }
        else
        {
            var target = MemoryMarshal.Cast<byte, int>(_buffer.AsSpan())[..tokens.Length];
            for (var i = 0; i < target.Length; i++)
            {
                highest = Math.Max(highest, (uint)tokens[i]);
                target[i] = tokens[i];
            }

            if (!BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(target, target);
        }

        if (highest >= (uint)_layout.VocabularySize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(tokens), (int)highest, "The id is not in the vocabulary.");
        }

        _stream!.Write(_buffer.AsSpan(0, tokens.Length * _tokenBytes));
    }

    private void WriteMask(int length, int countFrom, int countTo)
    {
        var mask = _buffer.AsSpan(0, length);
        mask.Clear();
        var from = Math.Clamp(countFrom, 0, length);
        var to = Math.Clamp(countTo, from, length);
        mask[from..to].Fill(1);
        _mask!.Write(mask);
    }
}
