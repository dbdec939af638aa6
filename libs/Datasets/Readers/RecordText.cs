using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Platform.Datasets.Readers;

/// <summary>Makes a document's text from a record's fields: one field, a template over several, or a prompt with its
/// response.</summary>
public sealed partial class RecordText
{
    /// <summary>The response of a named style.</summary>
    public const string DefaultResponse = "{output}";

    private readonly string? _field;
    private readonly Func<JsonObject, string>? _prompt;
    private readonly string _response;

    private RecordText(string? field, Func<JsonObject, string>? prompt, string response = "")
    {
        _field = field;
        _prompt = prompt;
        _response = response;
    }

    /// <summary>Whether text files, which have no fields, can't be read with it.</summary>
    public bool NeedsRecords => _response.Length > 0;

    /// <summary>The text is one field; <c>a.b</c> is the field b inside a, where there is none called <c>a.b</c>.
    /// </summary>
    public static RecordText OfField(string field) => new(field, null);

    /// <summary>The text is a template with fields in braces, <c>{review} {label}</c>, or a named
    /// <see cref="PromptStyle"/> with its response.</summary>
    /// <exception cref="FormatException">The template names no field.</exception>
    public static RecordText OfTemplate(string template) => PromptStyle.Find(template) is not null
        ? new RecordText(null, Prompt(template, DefaultResponse))
        : new RecordText(null, Prompt(template, string.Empty));

    /// <summary>The text is a prompt with its response, and where the response begins is known.</summary>
    /// <param name="prompt">A named <see cref="PromptStyle"/> or a template.</param>
    /// <param name="response">A template; <see cref="DefaultResponse"/> for the named styles.</param>
    /// <exception cref="FormatException">A template names no field.</exception>
    public static RecordText OfInstruction(string prompt, string response) =>
        new(null, Prompt(prompt, string.Empty), Placeholder().IsMatch(response)
            ? response
            : throw NoField(response));

    /// <summary>The record's text.</summary>
    /// <exception cref="FormatException">A field is missing or is no text; the message says which.</exception>
    public string Of(JsonObject record) => Of(record, out _);

    /// <summary>The record's text, and the length of its prompt.</summary>
    /// <exception cref="FormatException">A field is missing or is no text; the message says which.</exception>
    public string Of(JsonObject record, out int promptLength)
    {
        promptLength = 0;
        if (_field is not null)
            return Value(record, _field);
        var prompt = _prompt!(record);
        if (_response.Length == 0)
            return prompt;
        promptLength = prompt.Length;
        return prompt + Fill(_response, record);
    }

    private static Func<JsonObject, string> Prompt(string template, string suffix)
    {
        if (PromptStyle.Find(template) is { } style)
        {
            return record => Fill(
                (HasText(record, "input") ? style.WithInput : style.WithoutInput) + suffix, record);
        }

        return Placeholder().IsMatch(template) ? record => Fill(template, record) : throw NoField(template);
    }

    private static FormatException NoField(string template) =>
        new($"'{template}' names no field in braces, such as {{text}}.");

    private static string Fill(string template, JsonObject record) =>
        Placeholder().Replace(template, match => Value(record, match.Groups[1].Value));

    private static bool HasText(JsonObject record, string field) =>
        record[field] is not null && Value(record, field).Length > 0;

    private static string Value(JsonObject record, string field)
    {
        if (!TryFind(record, field, out var value))
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

    private static bool TryFind(JsonObject record, string field, out JsonNode? value)
    {
        if (record.TryGetPropertyValue(field, out value))
            return true;
        var dot = field.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && record.TryGetPropertyValue(field[..dot], out var inner) && inner is JsonObject nested
            && TryFind(nested, field[(dot + 1)..], out value);
    }

    [GeneratedRegex(@"\{([^{}\r\n]+)\}")]
    private static partial Regex Placeholder();
}
