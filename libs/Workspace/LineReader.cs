namespace Platform.Workspaces;

/// <summary>
/// Reads the complete lines of a file that may still grow, from a byte position on. What stands behind the last line
/// feed is left for the next time.
/// </summary>
public sealed class LineReader(string path)
{
    private const int BlockBytes = 1 << 16;

    private byte[] _buffer = new byte[BlockBytes];

    /// <summary>Byte position behind the last line that was read.</summary>
    public long Position { get; private set; }

    /// <summary>Complete lines read so far, empty and unreadable ones included.</summary>
    public long LineCount { get; private set; }

    /// <summary>
    /// Hands every complete line since the last call to <paramref name="onLine"/>, without its line feed. A file that
    /// does not exist has none. Throws where the file has become shorter than what was read.
    /// </summary>
    /// <returns>How many lines there were.</returns>
    /// <exception cref="InvalidDataException">The file was cut or replaced.</exception>
    public int ReadNew(LineHandler onLine, long maxLines = long.MaxValue)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }

        using (stream)
        {
            if (stream.Length < Position)
                throw new InvalidDataException($"'{path}' is shorter than what was read of it before.");
            stream.Seek(Position, SeekOrigin.Begin);
            return ReadLines(stream, onLine, maxLines);
        }
    }

    private int ReadLines(FileStream stream, LineHandler onLine, long maxLines)
    {
        var lines = 0;
        var held = 0;
        while (lines < maxLines)
        {
            if (held == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            var read = stream.Read(_buffer, held, _buffer.Length - held);
            if (read == 0)
                break;
            held += read;
            var begin = 0;
            while (lines < maxLines)
            {
                var length = _buffer.AsSpan(begin, held - begin).IndexOf((byte)'\n');
                if (length < 0)
                    break;
                LineCount++;
                lines++;
                Position += length + 1;
                onLine(_buffer.AsSpan(begin, length));
                begin += length + 1;
            }

            _buffer.AsSpan(begin, held - begin).CopyTo(_buffer);
            held -= begin;
        }

        return lines;
    }
}
