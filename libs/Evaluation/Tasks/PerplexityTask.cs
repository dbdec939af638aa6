using System.Globalization;
using System.Text;
using Platform.Datasets.Readers;
using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>
/// How well a model predicts any text: loss a token, perplexity a token, a word and a byte, bits a byte. A document
/// goes through in windows, as lm-evaluation-harness's rolling log-likelihood has it: the end-of-text token first, then
/// each token is scored once, behind as many earlier tokens as the window holds. An item is a window.
/// </summary>
public sealed class PerplexityTask : EvaluationTask
{
    /// <inheritdoc/>
    public override string Name => "perplexity";

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override string Metric => MetricNames.Loss;

    /// <inheritdoc/>
    public override string Description => "How well any text is predicted: loss, perplexities, bits a byte.";

    /// <inheritdoc/>
    public override bool TakesExamples => false;

    /// <summary>Text, markdown, or records with a field <c>text</c>; a folder's documents-*.jsonl.</summary>
    public override IEnumerable<TaskEntry> Read(string path, TaskReading reading)
    {
        var index = 0;
        foreach (var (number, text) in Documents(path).Index())
        {
            foreach (var entry in Windows(index, number, text, reading))
            {
                yield return entry;
                index++;
            }
        }
    }

    private static IEnumerable<string> Documents(string path)
    {
        var files = Directory.Exists(path)
            ? Directory.GetFiles(path, "documents-*.jsonl").Order(StringComparer.Ordinal).Select(Named)
            : [Named(path)];
        var reader = new DocumentReader(RecordText.OfField("text"));
        return files.SelectMany(file => reader.Read(file)).Select(document => document.Text);
    }

    // What is of no known type is text.
    private static SourceFile Named(string path)
    {
        var name = Path.GetFileName(path);
        return new SourceFile(path, SourceFile.IsReadable(name) ? name : name + ".txt", new FileInfo(path).Length);
    }

    private static IEnumerable<TaskEntry> Windows(int index, int document, string text, TaskReading reading)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        int[]? tokens = null;
        string? problem = null;
        try
        {
            tokens = reading.Tokenizer.Encode(bytes);
        }
        catch (UnknownCharacterException e)
        {
            problem = e.Message;
        }

        // Without an end of text the first token can only be a context.
        var begin = reading.Tokenizer.EndOfText is null ? 1 : 0;
        if (tokens?.Length <= begin)
            problem = "there is nothing to predict";
        if (problem is not null)
        {
            yield return new TaskEntry(index, null, Invariant($"item {index} (document {document}): {problem}"));
            yield break;
        }

        int[] prefix = reading.Tokenizer.EndOfText is { } end ? [end] : [];
        int[] all = [.. prefix, .. tokens!];
        var words = new WordStarts(bytes);
        var place = (int)all.AsSpan(prefix.Length, begin).ToArray()
            .Sum(id => (long)reading.Tokenizer.TokenBytes(id).Length);
        var window = reading.ContextLength;
        // all[0] is never scored: it is the end of text, or the first token where there is none.
        for (var at = 1; at < all.Length;)
        {
            var most = at == 1 || reading.Stride == 0 ? window : Math.Min(reading.Stride, window);
            var count = Math.Min(most, all.Length - at);
            var context = Math.Min(at, window + 1 - count);
            var scored = all[at..(at + count)];
            var length = scored.Sum(id => reading.Tokenizer.TokenBytes(id).Length);
            var activity = Invariant($"document {document}");
            var shown = Invariant($"tokens {at - prefix.Length} to {at - prefix.Length + count - 1}");
            yield return new TaskEntry(
                index,
                new EvaluationItem(index, activity, shown, [reading.Tokenizer.Decode(scored)], 0)
                {
                    Harness = new TokenPrompt([new TokenRow(all[(at - context)..at], scored)]),
                    Span = new TextSpan(words.Between(place, place + length, isFirst: at == 1), length),
                },
                null);
            (at, place, index) = (at + count, place + length, index + 1);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
