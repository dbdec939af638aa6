using ICSharpCode.SharpZipLib;
using ZstdSharp;

namespace Platform.Datasets.Readers;

/// <summary>A source file's bytes, unpacked, without a byte order mark; counts the bytes read from the disk.</summary>
internal sealed class SourceStream : Stream
{
    private readonly SourceFile _file;
    private readonly FileStream _disk;
    private readonly Stream _content;
    private readonly Action<long>? _onRead;
    private byte[] _pending;
    private long _reported;

    public SourceStream(SourceFile file, Action<long>? onRead)
    {
        _file = file;
        _onRead = onRead;
        _disk = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        _content = file.Packing switch
        {
            ".gz" => new WholeGzip(_disk),
            ".zst" => new DecompressionStream(_disk),
            _ => _disk,
        };
        _pending = ReadPrefix();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_pending.Length > 0 && buffer.Length > 0)
        {
            var count = Math.Min(buffer.Length, _pending.Length);
            _pending.AsSpan(0, count).CopyTo(buffer);
            _pending = _pending[count..];
            return count;
        }

        var read = ReadContent(buffer);
        var position = _disk.Position;
        _onRead?.Invoke(position - _reported);
        _reported = position;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
            _disk.Dispose();
        }

        base.Dispose(disposing);
    }

    private byte[] ReadPrefix()
    {
        var start = new byte[3];
        var count = 0;
        while (count < start.Length && ReadContent(start.AsSpan(count)) is var read and > 0)
            count += read;
        var bytes = start.AsSpan(0, count);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            throw new MalformedInputException(_file.Name, 1, "the text is UTF-16; save it as UTF-8");
        return bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? [] : bytes.ToArray();
    }

    private int ReadContent(Span<byte> buffer)
    {
        try
        {
            return _content.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or SharpZipBaseException
            or EndOfStreamException)
        {
            throw new MalformedInputException(_file.Name, 0, $"the compressed file is damaged: {e.Message}", e);
        }
    }
}
