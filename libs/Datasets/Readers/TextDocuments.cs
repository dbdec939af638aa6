using System.Text;

namespace Platform.Datasets.Readers;

/// <summary>Divides a text file into documents.</summary>
internal static class TextDocuments
{
    public static IEnumerable<string> Read(SourceLines lines, DocumentRule rule) => rule switch
    {
        DocumentRule.Line => EachLine(lines),
        DocumentRule.File => [Whole(lines)],
        _ => SplitAtSeparator(lines),
    };

    private static IEnumerable<string> EachLine(SourceLines lines)
    {
        while (lines.NextTrimmed() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return line;
        }
    }

    private static string Whole(SourceLines lines)
    {
        var text = new StringBuilder();
        while (lines.Next() is { } line)
            text.Append(line);
        return text.ToString();
    }

    private static IEnumerable<string> SplitAtSeparator(SourceLines lines)
    {
        var text = new StringBuilder();
        // Line breaks beside a separator belong to it, not to the documents.
        var afterSeparator = false;
        while (lines.Next() is { } line)
        {
            var begin = 0;
            while (line.IndexOf(DocumentReader.Separator, begin, StringComparison.Ordinal) is var at and >= 0)
            {
                text.Append(line, begin, at - begin);
                yield return text.ToString().TrimEnd('\r', '\n');
                text.Clear();
                begin = at + DocumentReader.Separator.Length;
                afterSeparator = true;
            }

            var rest = line.AsSpan(begin);
            if (afterSeparator)
                rest = rest.TrimStart("\r\n");
            afterSeparator &= rest.IsEmpty;
            text.Append(rest);
        }

        yield return text.ToString();
    }
}
