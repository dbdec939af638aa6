using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Evals;

/// <summary>
/// A text with fields of a record in braces: <c>Question: {question.stem|trim}</c>. A path's steps are field names; a
/// step into a list goes into each of its elements. Filters: <c>trim</c>, <c>lower</c>, <c>capitalize</c>,
/// <c>before:X</c>, <c>after:X</c> (of X's first place), <c>last_word</c>, <c>without_last_word</c> (split at single
/// spaces). <c>{{</c> and <c>}}</c> are braces.
/// </summary>
internal sealed class FieldTemplate
{
    private readonly List<(string Text, string[]? Path, string[] Filters)> _parts = [];

    /// <exception cref="FormatException">A brace or a filter is wrong.</exception>
    public FieldTemplate(string template)
    {
        var text = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            var c = template[i];
            if (c is '{' or '}' && i + 1 < template.Length && template[i + 1] == c)
            {
                text.Append(c);
                i++;
            }
            else if (c == '{')
            {
                var end = template.IndexOf('}', i);
                if (end < 0)
                    throw new FormatException($"'{template}' has a brace that does not close");
                AddText(text);
                AddField(template[(i + 1)..end]);
                i = end;
            }
            else if (c == '}')
            {
                throw new FormatException($"'{template}' has a closing brace too many");
            }
            else
            {
                text.Append(c);
            }
        }

        AddText(text);
    }

    /// <summary>The first field that a record lacks; null where it has all.</summary>
    public string? MissingIn(JsonObject record) => _parts
        .Where(part => part.Path is not null && Find(record, part.Path).Count == 0)
        .Select(part => string.Join('.', part.Path!))
        .FirstOrDefault();

    /// <summary>The text that it stands for.</summary>
    /// <exception cref="FormatException">A field is missing or is no single value.</exception>
    public string Of(JsonObject record) => string.Concat(_parts.Select(part => part.Path is null
        ? part.Text
        : Find(record, part.Path) is [var value]
            ? Filter(Scalar(value, part.Path), part.Filters)
            : throw new FormatException($"'{string.Join('.', part.Path)}' is no single value")));

    /// <summary>The texts that it stands for, where it is one field that is a list; else its one text.</summary>
    /// <exception cref="FormatException">A field is missing, or an element is no text.</exception>
    public IReadOnlyList<string> ListOf(JsonObject record)
    {
        if (_parts is not [{ Path: { } path, Filters: var filters }])
            return [Of(record)];
        var found = Find(record, path);
        var values = found is [JsonArray array] ? [.. array] : found;
        return [.. values.Select(value => Filter(Scalar(value, path), filters))];
    }

    private static List<JsonNode?> Find(JsonObject record, string[] path)
    {
        List<JsonNode?> found = [record];
        foreach (var step in path)
        {
            found =
            [
                .. found.SelectMany(node => node is JsonArray array ? array.AsEnumerable() : [node])
                    .OfType<JsonObject>()
                    .Where(node => node.ContainsKey(step))
                    .Select(node => node[step]),
            ];
        }

        return found;
    }

    private static string Scalar(JsonNode? value, string[] path) => value?.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        null => throw new FormatException($"'{string.Join('.', path)}' is null"),
        _ => throw new FormatException($"'{string.Join('.', path)}' is no text"),
    };

    private static string Filter(string text, string[] filters)
    {
        foreach (var filter in filters)
        {
            var argument = filter[(filter.IndexOf(':', StringComparison.Ordinal) + 1)..];
            text = filter.Split(':')[0] switch
            {
                "trim" => PythonText.Strip(text),
                "lower" => text.ToLowerInvariant(),
                "capitalize" => PythonText.Capitalize(text),
                "before" => text[..Place(text, argument)],
                "after" => text[(Place(text, argument) + argument.Length)..],
                "last_word" => text[(text.LastIndexOf(' ') + 1)..],
                _ => text[..Math.Max(0, text.LastIndexOf(' '))],
            };
        }

        return text;
    }

    private static int Place(string text, string what)
    {
        var at = text.IndexOf(what, StringComparison.Ordinal);
        return at >= 0 ? at : throw new FormatException($"there is no '{what}' in '{text}'");
    }

    private void AddText(StringBuilder text)
    {
        if (text.Length > 0)
            _parts.Add((text.ToString(), null, []));
        text.Clear();
    }

    private void AddField(string field)
    {
        var pieces = field.Split('|');
        foreach (var filter in pieces[1..])
        {
            var known = filter is "trim" or "lower" or "capitalize" or "last_word" or "without_last_word"
                || filter is ['b', 'e', 'f', 'o', 'r', 'e', ':', _, ..] or ['a', 'f', 't', 'e', 'r', ':', _, ..];
            if (!known)
            {
                throw new FormatException($"there is no filter '{filter}'; there are: trim, lower, capitalize, "
                    + "before:X, after:X, last_word, without_last_word");
            }
        }

        if (pieces[0].Length == 0)
            throw new FormatException("a pair of braces names no field");
        _parts.Add(("", pieces[0].Split('.'), pieces[1..]));
    }
}
