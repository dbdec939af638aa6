using System.Text.RegularExpressions;

namespace Platform.Evals;

/// <summary>
/// HellaSwag (Zellers et al. 2019) by its two definitions in use: build-nanogpt's, which takes the texts as they are,
/// and lm-evaluation-harness's, which names the activity and cleans the texts.
/// </summary>
public sealed partial class HellaSwagTask : EvaluationTask
{
    /// <summary>The task's name in specs.</summary>
    public const string TaskName = "hellaswag";

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override string Metric => MetricNames.AccNorm;

    /// <inheritdoc/>
    public override string Description => "Which of four endings goes on from a beginning; two definitions.";

    /// <inheritdoc/>
    public override double? Chance => 0.25;

    /// <summary>HellaSwag's jsonl, llama.cpp's text of six lines an item, or llm.c's <c>.bin</c>.</summary>
    public override IEnumerable<TaskEntry> Read(string path, TaskReading reading) => HellaSwagBin.IsOne(path)
        ? HellaSwagBin.Read(path, reading.Tokenizer)
        : HellaSwagFile.Read(path).Select(entry =>
            new TaskEntry(entry.Index, entry.Item is { } item ? Render(item) : null, entry.Problem));

    /// <summary>Makes an item ready for scoring.</summary>
    public static EvaluationItem Render(HellaSwagItem item)
    {
        var harness = RenderHarness(item);
        var right = harness.Rows[item.Gold];
        return new(item.Index, item.Activity, item.Context, item.Endings, item.Gold)
        {
            Plain = RenderPlain(item),
            Harness = harness,
            HarnessLengthTexts = [.. item.Endings.Select(Preprocess)],
            Example = right.Context + right.Continuation,
        };
    }

    /// <summary>build-nanogpt's texts: the context as it is, and a space and the ending.</summary>
    public static TextPrompt RenderPlain(HellaSwagItem item) =>
        TextPrompt.Of(item.Context, item.Endings.Select(ending => " " + ending), ContinuationEncoding.Apart);

    /// <summary>
    /// lm-evaluation-harness's texts: activity, colon, context with its last part capitalised, all cleaned. Where an
    /// input has no parts (the text form), the context is taken as it is.
    /// </summary>
    public static TextPrompt RenderHarness(HellaSwagItem item)
    {
        var context = item.ContextA is null
            ? item.Context
            : item.ContextA + " " + PythonText.Capitalize(item.ContextB ?? "");
        return TextPrompt.Of(
            Preprocess(item.Activity + ": " + context),
            item.Endings.Select(ending => " " + Preprocess(ending)),
            ContinuationEncoding.Together);
    }

    /// <summary>
    /// lm-evaluation-harness's cleaning: trims, turns " [title]" into ". ", removes what stands in brackets, and halves
    /// double spaces once (so three spaces become two).
    /// </summary>
    internal static string Preprocess(string text)
    {
        text = PythonText.Strip(text).Replace(" [title]", ". ", StringComparison.Ordinal);
        return Brackets().Replace(text, "").Replace("  ", " ", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[.*?\]", RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();
}
