using System.Buffers.Binary;
using System.IO.Compression;
using ICSharpCode.SharpZipLib.GZip;

namespace Platform.Datasets.Readers;

/// <summary>
/// A gzip file, unpacked, that notices when its end is missing: <see cref="GZipStream"/> takes a truncated file for one
/// that ends. The last four bytes of a file of one member are its unpacked size; where they are not, the file either
/// has several members or is cut off, which a second pass with a stricter (and slower) library finds out.
/// </summary>
internal sealed class WholeGzip(FileStream disk) : Stream
{
    private readonly GZipStream _content = new(disk, CompressionMode.Decompress, leaveOpen: true);
    private long _unpacked;
    private bool _checked;

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
        var read = _content.Read(buffer);
        _unpacked += read;
        if (read == 0 && !buffer.IsEmpty && !_checked)
        {
            _checked = true;
            CheckEnd();
        }

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
            _content.Dispose();
        base.Dispose(disposing);
    }

    private void CheckEnd()
    {
        Span<byte> end = stackalloc byte[sizeof(uint)];
        if (disk.Length >= end.Length
            && RandomAccess.Read(disk.SafeFileHandle, end, disk.Length - end.Length) == end.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(end) == (uint)_unpacked)
        {
            return;
        }

        using var again = new FileStream(disk.Name, FileMode.Open, FileAccess.Read, FileShare.Read);
        using var strict = new GZipInputStream(again);
        var buffer = new byte[1 << 16];
        while (strict.Read(buffer, 0, buffer.Length) > 0)
        {
            // It throws where something is missing.
        }
    }
}
