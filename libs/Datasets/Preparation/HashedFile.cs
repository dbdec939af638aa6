using System.Security.Cryptography;

namespace Platform.Datasets.Preparation;

/// <summary>A file that is written from its beginning to its end, with its hash on the way.</summary>
internal sealed class HashedFile : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>A new file, in place of one that is there.</summary>
    public HashedFile(string path) =>
        _stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes);

    /// <summary>Goes on with a file behind its first bytes; what comes after them is cut off.</summary>
    public HashedFile(string path, long sizeBytes)
    {
        _stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, BufferBytes);
        _stream.SetLength(sizeBytes);
        var buffer = new byte[BufferBytes];
        while (_stream.Read(buffer) is > 0 and var length)
            _hash.AppendData(buffer, 0, length);
        SizeBytes = sizeBytes;
    }

    /// <summary>Bytes written so far.</summary>
    public long SizeBytes { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.AppendData(bytes);
        SizeBytes += bytes.Length;
    }

    /// <summary>Flushes it to the disk.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Flushes it to the disk and describes it.</summary>
    public DatasetFile Complete(long documents)
    {
        Flush();
        return new DatasetFile(
            Path.GetFileName(_stream.Name), SizeBytes, Convert.ToHexStringLower(_hash.GetHashAndReset()),
            Documents: documents);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }
}
