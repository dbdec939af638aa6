using System.Globalization;
using System.Text.Json.Nodes;

namespace Platform.Evals;

/// <summary>
/// A task by a definition: records become contexts and endings by templates, scored as lm-evaluation-harness does
/// (<c>multiple_choice</c> and <c>loglikelihood</c>).
/// </summary>
public sealed class DefinedTask : EvaluationTask
{
    private readonly TaskDefinition _definition;

    internal DefinedTask(TaskDefinition definition) => _definition = definition;

    /// <inheritdoc/>
    public override string Name => _definition.Task;

    /// <inheritdoc/>
    public override int Version => _definition.Version;

    /// <inheritdoc/>
    public override string Metric => _definition.Metric;

    /// <inheritdoc/>
    public override string Description => _definition.Description;

    /// <inheritdoc/>
    public override double? Chance => _definition.Chance;

    /// <inheritdoc/>
    public override string ExampleDelimiter => _definition.ExampleDelimiter;

    /// <inheritdoc/>
    public override string Preamble => _definition.Preamble;

    /// <inheritdoc/>
    public override bool HasTestSplit => _definition.HasTestSplit;

    /// <summary>A task of a user's own.</summary>
    /// <param name="yaml">Its definition.</param>
    /// <param name="source">Names it in messages.</param>
    /// <exception cref="TaskDefinitionException">It is wrong; the message has the line.</exception>
    public static DefinedTask Parse(string yaml, string source) => new(TaskDefinitionReader.Read(yaml, source));

    /// <inheritdoc/>
    public override IEnumerable<TaskEntry> Read(string path, TaskReading reading) =>
        TaskRecords.Read(path).Select((entry, index) => ToEntry(index, entry.Place, entry.Record, entry.Problem));

    private TaskEntry ToEntry(int index, string place, JsonObject? record, string? problem)
    {
        try
        {
            if (record is not null)
                return new TaskEntry(index, Render(index, record), null);
        }
        catch (FormatException e)
        {
            problem = e.Message;
        }

        return new TaskEntry(
            index, null, string.Create(CultureInfo.InvariantCulture, $"item {index} ({place}): {problem}"));
    }

    private EvaluationItem Render(int index, JsonObject record)
    {
        var form = _definition.Forms.FirstOrDefault(
            form => form.Templates.All(template => template.MissingIn(record) is null));
        if (form is null)
        {
            var missing = _definition.Forms[0].Templates
                .Select(template => template.MissingIn(record))
                .First(name => name is not null);
            throw new FormatException(
                $"there is no field '{missing}' (there are: {string.Join(", ", record.Select(field => field.Key))})");
        }

        var activity = form.Activity?.Of(record) ?? "";
        return _definition.IsCompletion
            ? Completion(index, activity, form.Contexts[0].Of(record), form.Ending!.Of(record))
            : Choice(index, activity, form, record);
    }

    private EvaluationItem Completion(int index, string activity, string context, string ending)
    {
        var row = new PromptRow(_definition.Preamble + context, _definition.Delimiter + ending);
        return new EvaluationItem(index, activity, context, [ending], 0)
        {
            Harness = new TextPrompt([row], ContinuationEncoding.Together),
            AsksGreedy = true,
            Example = context + _definition.DelimiterInExamples + ending,
        };
    }

    private EvaluationItem Choice(int index, string activity, TaskForm form, JsonObject record)
    {
        var choices = form.Choices is [var list] ? list.ListOf(record) : [.. form.Choices.Select(t => t.Of(record))];
        if (choices.Count < 2)
            throw new FormatException(choices.Count == 0 ? "no choices" : "only one choice");
        var gold = Gold(form, record, choices.Count);
        string[] contexts = [.. form.Contexts.Select(template => template.Of(record))];
        var ending = form.Ending?.Of(record);
        var rows = choices
            .Select((choice, i) => new PromptRow(
                _definition.Preamble + contexts[contexts.Length > 1 ? i : 0],
                _definition.Delimiter + (ending ?? choice)))
            .ToList();
        var context = contexts.Length > 1 ? Shown(contexts, ending!) : contexts[0];
        return new EvaluationItem(index, activity, context, choices, gold)
        {
            Harness = new TextPrompt(rows, ContinuationEncoding.Together),
            // Where all choices have one ending, dividing by its length would change nothing.
            HarnessLengthTexts = ending is null ? choices : null,
            Example = contexts[contexts.Length > 1 ? gold : 0] + _definition.DelimiterInExamples
                + (ending ?? choices[gold]),
        };
    }

    // For people: what the contexts have in common, the blank, and what is scored.
    private static string Shown(string[] contexts, string ending)
    {
        var common = contexts.Skip(1).Aggregate(
            contexts[0].Length, (most, other) => Math.Min(most, contexts[0].AsSpan().CommonPrefixLength(other)));
        return $"{contexts[0][..common]}_ {ending}";
    }

    private static int Gold(TaskForm form, JsonObject record, int count)
    {
        var text = form.Gold!.Of(record);
        if (form.Labels.Count > 0)
        {
            var labels = form.Labels is [var list] ? list.ListOf(record) : [.. form.Labels.Select(t => t.Of(record))];
            return labels.ToList().IndexOf(text) is >= 0 and var place && place < count
                ? place
                : throw new FormatException($"the label '{text}' is none of {string.Join(", ", labels)}");
        }

        if (text.Length == 0)
            throw new FormatException("no label");
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var gold))
            throw new FormatException($"the label '{text}' is no whole number");
        return gold >= 0 && gold < count
            ? gold
            : throw new FormatException($"the label {gold} is out of range: there are {count} choices");
    }
}
