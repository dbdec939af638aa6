using System.Text;

namespace Platform.Datasets.Readers;

/// <summary>A source's lines one by one, checked to be UTF-8. Only a line feed ends a line, so U+2028 does
/// not.</summary>
internal sealed class SourceLines(Stream stream, string name)
{
    /// <summary>A line longer than this is not read into memory.</summary>
    public const int MaxLineBytes = 512 * 1024 * 1024;

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private byte[] _buffer = new byte[1 << 16];
    private int _begin;
    private int _end;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>After an error: whether the lines behind the bad one can still be read.</summary>
    public bool CanGoOn { get; private set; } = true;

    /// <summary>The next line with its line feed, exactly as it stands; null at the end.</summary>
    public string? Next()
    {
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan(_begin + searched, _end - _begin - searched).IndexOf((byte)'\n');
            if (length >= 0)
                return Take(searched + length + 1);
            searched = _end - _begin;
            if (!Fill())
                return searched == 0 ? null : Take(searched);
        }
    }

    /// <summary>The next line without line feed and carriage return; null at the end.</summary>
    public string? NextTrimmed() => Next() is { } line ? Trim(line) : null;

    /// <summary>A line without its line feed and carriage return.</summary>
    public static string Trim(string line)
    {
        var end = line.EndsWith('\n') ? line.Length - 1 : line.Length;
        return line[..(end > 0 && line[end - 1] == '\r' ? end - 1 : end)];
    }

    private string Take(int length)
    {
        Number++;
        var bytes = _buffer.AsSpan(_begin, length);
        _begin += length;
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new MalformedInputException(name, Number, $"byte {e.Index + 1} of the line is not UTF-8", e);
        }
    }

    private bool Fill()
    {
        if (_begin > 0)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            _end -= _begin;
            _begin = 0;
        }

        if (_end == _buffer.Length)
        {
            CanGoOn = _buffer.Length < MaxLineBytes;
            if (!CanGoOn)
                throw new MalformedInputException(name, Number + 1, $"the line is longer than {MaxLineBytes} bytes");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        return read > 0;
    }
}
