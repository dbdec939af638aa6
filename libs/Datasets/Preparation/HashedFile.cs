using System.Security.Cryptography;

namespace Platform.Datasets.Preparation;

/// <summary>A file that is written from its beginning to its end, with its hash on the way.</summary>
internal sealed class HashedFile(string path) : IDisposable
{
    private readonly FileStream _stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes written so far.</summary>
    public long SizeBytes { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.AppendData(bytes);
        SizeBytes += bytes.Length;
    }

    /// <summary>Flushes it to the disk and describes it.</summary>
    public DatasetFile Complete(long documents)
    {
        _stream.Flush(flushToDisk: true);
        return new DatasetFile(
            Path.GetFileName(path), SizeBytes, Convert.ToHexStringLower(_hash.GetHashAndReset()), Documents: documents);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }
}
