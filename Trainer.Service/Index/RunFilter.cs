using System.Text;
using Platform.Contracts.Common.V1;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Index;

/// <summary>
/// The filter of ListRuns and WatchRuns as a condition in SQL: words that must all hold; words in quotation marks may
/// have spaces.
/// </summary>
/// <param name="Sql">The condition.</param>
/// <param name="SqlWithoutState">The condition but for what it says of the state.</param>
/// <param name="Values">Its parameters @f0, @f1, ….</param>
internal sealed record RunFilter(string Sql, string SqlWithoutState, IReadOnlyList<object> Values)
{
    private const int MaxLength = 8000;
    private const string Field = "filter";

    private const string SearchedText =
        "'runs/' || id || char(10) || display_name || char(10) || tags || char(10) || dataset";

    /// <summary>Reads a filter.</summary>
    /// <exception cref="InvalidArgumentException">A word is not understood.</exception>
    public static RunFilter Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new InvalidArgumentException(Field, $"At most {MaxLength} characters.");
        var conditions = new StringBuilder("1");
        var states = new StringBuilder();
        var values = new List<object>();
        var problems = new Violations();
        foreach (var word in Split(text))
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            var (key, value) = colon > 0 ? (word[..colon], word[(colon + 1)..]) : ("", word);
            var parameter = $"@f{values.Count}";
            switch (key)
            {
                case "state":
                    states.Append($" AND state IN ({OneOf(value, s => StateOf(s, problems))})");
                    break;
                case "id":
                    conditions.Append($" AND id IN ({OneOf(value, id => id)})");
                    break;
                case "tag":
                    conditions.Append($" AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = {parameter})");
                    values.Add(value);
                    break;
                case "dataset" or "sweep":
                    conditions.Append($" AND {key} = {parameter}");
                    values.Add(value.Length == 0 || value.Contains('/') ? value : $"{key}s/{value}");
                    break;
                case "":
                    conditions.Append($" AND ({SearchedText} LIKE {parameter} ESCAPE '\\')");
                    values.Add($"%{EscapeLike(value)}%");
                    break;
                default:
                    problems.Add(
                        Field, $"'{key}:' is not known; there are state:, tag:, dataset:, sweep:, id: and plain text.");
                    values.Add("");
                    break;
            }
        }

        problems.ThrowIfAny();
        return new RunFilter($"{conditions}{states}", conditions.ToString(), values);

        // A list of parameters, one for each of the values between the commas.
        string OneOf(string list, Func<string, object> read)
        {
            var names = new List<string>();
            foreach (var item in list.Split(','))
            {
                names.Add($"@f{values.Count}");
                values.Add(read(item));
            }

            return string.Join(", ", names);
        }
    }

    private static object StateOf(string word, Violations problems)
    {
        var isState = Enum.TryParse<State>(word, ignoreCase: true, out var state) && !int.TryParse(word, out _);
        problems.Require(
            isState, Field, $"'{word}' is none of queued, running, succeeded, failed, cancelling, cancelled.");
        return (int)state;
    }

    private static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (word.Length > 0)
                    yield return word.ToString();
                word.Clear();
            }
            else
            {
                word.Append(c);
            }
        }

        if (word.Length > 0)
            yield return word.ToString();
    }

    private static string EscapeLike(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal);
}
