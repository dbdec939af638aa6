using System.Text;
using System.Text.Unicode;

namespace Platform.Datasets.Readers;

/// <summary>
/// Divides a text file into documents without ever making strings of it: blocks of bytes, checked to be UTF-8, cut
/// where a document ends and, where allowed, where no token can cross. Where bad lines may be skipped, they are left
/// out.
/// </summary>
/// <param name="stream">The file's bytes without a byte order mark.</param>
/// <param name="name">What messages call the file.</param>
/// <param name="rule">How documents are divided.</param>
/// <param name="mayCut">Whether a long document may come in parts (see <see cref="SafeCut"/>).</param>
/// <param name="skipped">Notes bad lines; null: they are errors.</param>
internal sealed class TextBlocks(
    Stream stream, string name, DocumentRule rule, bool mayCut, SkippedRecords? skipped)
{
    private const int BlockBytes = 1 << 18;

    private static readonly byte[] s_separator = Encoding.UTF8.GetBytes(DocumentReader.Separator);

    private byte[] _buffer = [];
    private int _begin;
    private int _end;
    private int _searched;
    private long _line = 1;
    private bool _begins = true;
    private bool _afterSeparator;

    public IEnumerable<SourceText> Read()
    {
        while (true)
        {
            var isFinal = !Fill();
            foreach (var text in rule == DocumentRule.Line ? Lines(isFinal) : Documents(isFinal))
                yield return text;
            if (isFinal)
                yield break;
        }
    }

    /// <summary>
    /// A block of its own, since blocks are handed on to other threads; what was left goes to its front.
    /// </summary>
    /// <returns>False at the end of the file.</returns>
    private bool Fill()
    {
        var left = _end - _begin;
        var size = left + (long)Math.Max(BlockBytes, left);
        if (size > Array.MaxLength)
            throw new MalformedInputException(name, _line, $"a document or line is longer than {left} bytes");
        var block = GC.AllocateUninitializedArray<byte>((int)size);
        _buffer.AsSpan(_begin, left).CopyTo(block);
        (_buffer, _begin, _end) = (block, 0, left);
        // Until it is full: where blocks end must not depend on how the disk delivers.
        while (_end < block.Length)
        {
            var read = stream.Read(block.AsSpan(_end));
            if (read == 0)
                return false;
            _end += read;
        }

        return true;
    }

    private IEnumerable<SourceText> Lines(bool isFinal)
    {
        while (_begin < _end)
        {
            var length = _buffer.AsSpan(_begin, _end - _begin).IndexOf((byte)'\n');
            if (length < 0 && !isFinal)
                yield break;
            var text = Take(length < 0 ? _end - _begin : length, length < 0 ? 0 : 1);
            var line = text.Span is [.., (byte)'\r'] ? text[..^1] : text;
            if (line.Span.ContainsAnyExceptInRange((byte)0, (byte)' '))
                yield return new SourceText(line, true);
        }
    }

    private IEnumerable<SourceText> Documents(bool isFinal)
    {
        while (rule != DocumentRule.File && FindSeparator() is var length and >= 0)
        {
            var text = Take(length, s_separator.Length);
            yield return Document(text, text.Length - text.Span.TrimEnd("\r\n"u8).Length);
            (_begins, _afterSeparator) = (true, true);
        }

        var rest = _end - _begin;
        var cut = isFinal ? rest : mayCut ? SafeCut.Last(_buffer.AsSpan(_begin, rest)) : 0;
        _searched = Math.Max(0, rest - cut - (s_separator.Length - 1));
        if (cut == 0)
            yield break;
        var part = Document(Take(cut, 0), 0);
        yield return part;
        // Where all of it was left out, the document has not begun yet.
        _begins &= part.Utf8.IsEmpty;
    }

    private int FindSeparator()
    {
        var found = _buffer.AsSpan(_begin + _searched, _end - _begin - _searched).IndexOf(s_separator);
        var length = found < 0 ? -1 : _searched + found;
        if (found >= 0)
            _searched = 0;
        return length;
    }

    private SourceText Document(ReadOnlyMemory<byte> text, int cutFromEnd)
    {
        text = text[..^cutFromEnd];
        if (_afterSeparator)
        {
            // Line breaks beside a separator belong to it, not to the documents.
            text = text[(text.Length - text.Span.TrimStart("\r\n"u8).Length)..];
            _afterSeparator &= text.IsEmpty;
        }

        return new SourceText(text, _begins);
    }

    /// <summary>The next bytes, checked, and passes over what ends them.</summary>
    private ReadOnlyMemory<byte> Take(int length, int endBytes)
    {
        var text = new ReadOnlyMemory<byte>(_buffer, _begin, length);
        _begin += length + endBytes;
        if (!Utf8.IsValid(text.Span))
            text = WithoutBadLines(text);
        _line += text.Span.Count((byte)'\n') + (endBytes == 1 ? 1 : 0);
        return text;
    }

    private ReadOnlyMemory<byte> WithoutBadLines(ReadOnlyMemory<byte> text)
    {
        var kept = new MemoryStream();
        var rest = text.Span;
        for (var line = _line; !rest.IsEmpty; line++)
        {
            var end = rest.IndexOf((byte)'\n');
            var one = rest[..(end < 0 ? rest.Length : end + 1)];
            rest = rest[one.Length..];
            if (Utf8.IsValid(one))
            {
                kept.Write(one);
                continue;
            }

            var problem = new MalformedInputException(name, line, $"byte {FirstBad(one) + 1} of the line is not UTF-8");
            if (skipped is null)
                throw problem;
            skipped.Add(problem);
            // Its number is counted although it is gone.
            _line++;
        }

        return kept.ToArray();
    }

    private static int FirstBad(ReadOnlySpan<byte> line)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(line[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        return at;
    }
}
