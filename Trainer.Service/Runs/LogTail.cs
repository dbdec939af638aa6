using System.Text;

namespace Platform.TrainerHost.Runs;

/// <summary>Follows a text file from its last lines on.</summary>
internal sealed class LogTail(string path)
{
    private const int BlockBytes = 1 << 16;
    private const int MaxLineBytes = 1 << 16;

    private readonly List<byte> _torn = [];
    private long _position = -1;

    /// <summary>At first the last lines, then those that were added; a line that is not ended yet waits.</summary>
    /// <param name="lastLines">How many at first.</param>
    public IReadOnlyList<string> Read(int lastLines)
    {
        if (!File.Exists(path))
            return [];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var first = _position < 0;
        // About a block is enough for the last lines; a file that was cut is followed from its new end.
        if (first || stream.Length < _position)
            _position = Math.Max(0, stream.Length - (first ? BlockBytes : 0));
        var cutBefore = first && _position > 0;
        stream.Seek(_position, SeekOrigin.Begin);
        var lines = new List<string>();
        var buffer = new byte[BlockBytes];
        // One block at a time, so that what is held stays bounded.
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        _position += read;
        foreach (var value in buffer.AsSpan(0, read))
        {
            if (value == (byte)'\n' || _torn.Count >= MaxLineBytes)
                Take(lines);
            if (value != (byte)'\n')
                _torn.Add(value);
        }

        if (cutBefore && lines.Count > 0)
            lines.RemoveAt(0);
        return first && lines.Count > lastLines ? lines[^lastLines..] : lines;
    }

    private void Take(List<string> lines)
    {
        lines.Add(Encoding.UTF8.GetString([.. _torn]).TrimEnd('\r'));
        _torn.Clear();
    }
}
