using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Platform.Datasets.Readers;

/// <summary>Makes a document's text from a record's fields: one field, or a template over several.</summary>
public sealed partial class RecordText
{
    /// <summary>Stanford's Alpaca: its prompt, with or without input, and the response right behind it.</summary>
    public const string Alpaca = "alpaca";

    private const string AlpacaWithInput =
        "Below is an instruction that describes a task, paired with an input that provides further context. Write a"
        + " response that appropriately completes the request.\n\n### Instruction:\n{instruction}\n\n"
        + "### Input:\n{input}\n\n### Response:{output}";

    private const string AlpacaWithoutInput =
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        + "\n\n### Instruction:\n{instruction}\n\n### Response:{output}";

    private readonly string? _field;
    private readonly string? _template;

    private RecordText(string? field, string? template)
    {
        _field = field;
        _template = template;
    }

    /// <summary>The text is one field.</summary>
    public static RecordText OfField(string field) => new(field, null);

    /// <summary>The text is a template with fields in braces, <c>{review} {label}</c>, or <c>alpaca</c>.</summary>
    /// <exception cref="FormatException">The template names no field.</exception>
    public static RecordText OfTemplate(string template) => template == Alpaca || Placeholder().IsMatch(template)
        ? new RecordText(null, template)
        : throw new FormatException($"'{template}' names no field in braces, such as {{text}}.");

    /// <summary>The record's text.</summary>
    /// <exception cref="FormatException">A field is missing or is no text; the message says which.</exception>
    public string Of(JsonObject record)
    {
        if (_field is not null)
            return Value(record, _field);
        var template = _template == Alpaca
            ? Optional(record, "input").Length > 0 ? AlpacaWithInput : AlpacaWithoutInput
            : _template!;
        return Placeholder().Replace(template, match => Value(record, match.Groups[1].Value));
    }

    private static string Optional(JsonObject record, string field) =>
        record[field] is null ? string.Empty : Value(record, field);

    private static string Value(JsonObject record, string field)
    {
        if (!record.TryGetPropertyValue(field, out var value))
        {
            var found = new StringBuilder().AppendJoin(", ", record.Select(pair => pair.Key));
            throw new FormatException($"there is no field '{field}' (there are: {found})");
        }

        return value?.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
            null => throw new FormatException($"the field '{field}' is null"),
            _ => throw new FormatException($"the field '{field}' is no text"),
        };
    }

    [GeneratedRegex(@"\{([^{}\r\n]+)\}")]
    private static partial Regex Placeholder();
}
