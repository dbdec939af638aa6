using System.Security.Cryptography;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Datasets;

/// <summary>A file that is being taken in: hidden until it is whole, and gone if it never is.</summary>
internal sealed class Upload : IDisposable
{
    private readonly string _id;
    private readonly string _folder;
    private readonly string _hidden;
    private readonly string _fileName;
    private readonly long _maxBytes;
    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _sizeBytes;

    public Upload(string folder, string id, string fileName, long maxBytes)
    {
        _id = id;
        _folder = folder;
        _fileName = fileName;
        _maxBytes = maxBytes;
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        _hidden = ResourceFolder.BeginNew(folder);
        _stream = new FileStream(Path.Combine(_hidden, fileName), FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="ResourceExhaustedException">The file is larger than allowed, or the disk is full.</exception>
    public async Task AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _sizeBytes += bytes.Length;
        if (_sizeBytes > _maxBytes)
        {
            throw new ResourceExhaustedException(
                "UPLOAD_TOO_LARGE", $"The file is larger than {_maxBytes} bytes (setting Uploads:MaxBytes).");
        }

        _hash.AppendData(bytes.Span);
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            throw DiskFull.Error(_folder, e);
        }
    }

    /// <summary>Checks the file against what was said of it and makes it a resource.</summary>
    /// <exception cref="InvalidArgumentException">Its size or hash is another.</exception>
    public UploadManifest Complete(long expectedBytes, string expectedSha256, DateTimeOffset time)
    {
        var sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
        var violations = new Violations();
        violations.Require(
            expectedBytes == 0 || expectedBytes == _sizeBytes,
            "file.size_bytes",
            $"{_sizeBytes} bytes arrived, not {expectedBytes}.");
        violations.Require(
            expectedSha256.Length == 0 || expectedSha256 == sha256,
            "file.sha256",
            $"What arrived has the SHA-256 {sha256}, not {expectedSha256}.");
        violations.ThrowIfAny();

        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        var manifest = new UploadManifest(UploadManifest.CurrentFormat, _id, _fileName, _sizeBytes, sha256, time);
        manifest.Write(_hidden);
        if (!ResourceFolder.TryCommit(_hidden, _folder))
            throw new AlreadyExistsException($"uploads/{_id} exists already.");
        return manifest;
    }

    /// <summary>Removes what did not become a resource.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
        if (Directory.Exists(_hidden))
            Directory.Delete(_hidden, recursive: true);
    }
}
