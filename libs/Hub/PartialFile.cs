using System.Security.Cryptography;
using Platform.Workspaces;

namespace Platform.Hub;

/// <summary>
/// The part of a file that has come so far: <c>.{name}.partial</c>, hidden, locked as long as it is open, and renamed
/// when whole. Beside it stands the ETag that its bytes belong to.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    // EWOULDBLOCK of Linux and of macOS; ERROR_SHARING_VIOLATION.
    private static readonly int[] s_locked = [11, 35, unchecked((int)0x80070020)];
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly string _target;
    private readonly string _path;
    private readonly string _validatorPath;
    private readonly FileStream _stream;
    private bool _ended;

    private PartialFile(string target, string path, FileStream stream)
    {
        _target = target;
        _path = path;
        _validatorPath = path + ".etag";
        _stream = stream;
        _stream.Position = _stream.Length;
        Validator = File.Exists(_validatorPath) ? File.ReadAllText(_validatorPath) : null;
    }

    /// <summary>Bytes so far.</summary>
    public long Length => _stream.Position;

    /// <summary>Whose bytes they are; null where the server did not say.</summary>
    public string? Validator { get; private set; }

    /// <summary>Where it will lie when whole.</summary>
    public string Target => _target;

    /// <summary>Opens what an earlier attempt left, or a new one; waits while another process has it.</summary>
    public static async Task<PartialFile> OpenAsync(string target, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(target)!;
        var path = Path.Combine(folder, $".{Path.GetFileName(target)}.partial");
        while (true)
        {
            try
            {
                Directory.CreateDirectory(folder);
                // Without a buffer: what could not be written is told at once, and not when the file is closed.
                return new PartialFile(target, path, new FileStream(
                    path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
            catch (IOException e) when (s_locked.Contains(e.HResult))
            {
                // Locked: whoever has it may finish it.
                await Task.Delay(s_look, cancellationToken);
            }
        }
    }

    /// <summary>Begins anew with bytes of another version of the file.</summary>
    public void Restart(string? validator)
    {
        _stream.SetLength(0);
        _stream.Position = 0;
        Validator = validator;
        if (validator is null)
            File.Delete(_validatorPath);
        else
            AtomicFile.WriteText(_validatorPath, validator);
    }

    /// <summary>Writes bytes behind those that are there.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Brings all of it to the disk.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>The SHA-256 of the bytes so far.</summary>
    public async Task<string> HashAsync(CancellationToken cancellationToken)
    {
        // Through the same handle: its lock keeps others out.
        var end = _stream.Position;
        _stream.Position = 0;
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(_stream, cancellationToken));
        _stream.Position = end;
        return hash;
    }

    /// <summary>Gives the file its name; it is flushed.</summary>
    public void Complete()
    {
        _ended = true;
        File.Move(_path, _target, overwrite: true);
        File.Delete(_validatorPath);
        AtomicFile.FlushFolder(Path.GetDirectoryName(_target)!);
    }

    public void Delete()
    {
        _ended = true;
        File.Delete(_path);
        File.Delete(_validatorPath);
    }

    public void Dispose()
    {
        // Nothing came: nothing to go on with.
        if (!_ended && Length == 0)
            Delete();
        _stream.Dispose();
    }
}
