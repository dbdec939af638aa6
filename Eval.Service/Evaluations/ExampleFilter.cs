using System.Text.RegularExpressions;
using Platform.Evals;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// Words that must all hold for an item: <c>correct:true</c>, <c>correct:false</c>, <c>activity:canoe</c>, or a text in
/// context or endings. Quotes keep blanks together: <c>activity:"high jump"</c>. Case does not matter.
/// </summary>
internal sealed partial class ExampleFilter
{
    private readonly List<string> _activities = [];
    private readonly List<string> _texts = [];
    private readonly bool? _correct;

    /// <exception cref="InvalidArgumentException">A word is wrong.</exception>
    public ExampleFilter(string filter)
    {
        foreach (var word in Words().Matches(filter)
            .Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal)))
        {
            if (word.StartsWith("correct:", StringComparison.OrdinalIgnoreCase))
            {
                _correct = bool.TryParse(word["correct:".Length..], out var correct)
                    ? correct
                    : throw new InvalidArgumentException("filter", $"'{word}' must be correct:true or correct:false.");
            }
            else if (word.StartsWith("activity:", StringComparison.OrdinalIgnoreCase))
            {
                _activities.Add(word["activity:".Length..]);
            }
            else if (word.Length > 0)
            {
                _texts.Add(word);
            }
        }
    }

    /// <summary>Whether an item must be read to know.</summary>
    public bool NeedsText => _texts.Count > 0;

    /// <summary>Whether a line may match, by what is known without reading the item.</summary>
    public bool Matches(ItemLine line) =>
        (_correct is null || _correct == line.Correct)
        && _activities.All(activity => line.Activity.Contains(activity, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an item's texts match.</summary>
    public bool Matches(GradedItem item) => _texts.All(text =>
        item.Context.Contains(text, StringComparison.OrdinalIgnoreCase)
        || item.Endings.Any(ending => ending.Text.Contains(text, StringComparison.OrdinalIgnoreCase)));

    [GeneratedRegex("""(?:"[^"]*"|[^\s"])+""", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
