using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Evals;

/// <summary>
/// HellaSwag (Zellers et al. 2019) by its two definitions in use: build-nanogpt's, which takes the texts as they are,
/// and lm-evaluation-harness's, which names the activity and cleans the texts.
/// </summary>
public static partial class HellaSwagTask
{
    /// <summary>The task's name in specs.</summary>
    public const string Name = "hellaswag";

    /// <summary>Makes an item ready for scoring.</summary>
    public static MultipleChoiceItem Render(HellaSwagItem item) => new(
        item.Index, item.Activity, item.Context, item.Endings, item.Gold, RenderPlain(item), RenderHarness(item))
    {
        HarnessLengthTexts = [.. item.Endings.Select(Preprocess)],
    };

    /// <summary>build-nanogpt's texts: the context as it is, and a space and the ending.</summary>
    public static MultipleChoicePrompt RenderPlain(HellaSwagItem item) =>
        new(item.Context, [.. item.Endings.Select(ending => " " + ending)], ContinuationEncoding.Apart);

    /// <summary>
    /// lm-evaluation-harness's texts: activity, colon, context with its last part capitalised, all cleaned. Where an
    /// input has no parts (the text form), the context is taken as it is.
    /// </summary>
    public static MultipleChoicePrompt RenderHarness(HellaSwagItem item)
    {
        var context = item.ContextA is null
            ? item.Context
            : item.ContextA + " " + Capitalize(item.ContextB ?? "");
        return new(
            Preprocess(item.Activity + ": " + context),
            [.. item.Endings.Select(ending => " " + Preprocess(ending))],
            ContinuationEncoding.Together);
    }

    /// <summary>
    /// lm-evaluation-harness's cleaning: trims, turns " [title]" into ". ", removes what stands in brackets, and halves
    /// double spaces once (so three spaces become two).
    /// </summary>
    internal static string Preprocess(string text)
    {
        text = Trim(text).Replace(" [title]", ". ", StringComparison.Ordinal);
        return Brackets().Replace(text, "").Replace("  ", " ", StringComparison.Ordinal);
    }

    /// <summary>
    /// Python's <c>str.capitalize</c> by simple case mappings: the first letter upper, all others lower.
    /// </summary>
    internal static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }

    // Python's str.strip knows four control characters more as white space than .NET's Trim.
    private static string Trim(string text)
    {
        var (begin, end) = (0, text.Length);
        while (begin < end && IsSpace(text[begin]))
            begin++;
        while (end > begin && IsSpace(text[end - 1]))
            end--;
        return text[begin..end];
    }

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    [GeneratedRegex(@"\[.*?\]", RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();
}
