using System.Text;

namespace Platform.Evals;

/// <summary>Python's ways with text, where lm-evaluation-harness relies on them.</summary>
internal static class PythonText
{
    /// <summary><c>str.isspace</c>: four control characters more than .NET's white space.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary><c>str.strip</c>.</summary>
    public static string Strip(string text)
    {
        text = TrimEnd(text);
        var begin = 0;
        while (begin < text.Length && IsSpace(text[begin]))
            begin++;
        return text[begin..];
    }

    /// <summary><c>str.rstrip</c>.</summary>
    public static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    /// <summary><c>str.capitalize</c> by simple case mappings: the first letter upper, all others lower.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }
}
