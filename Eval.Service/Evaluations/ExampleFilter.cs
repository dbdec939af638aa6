using System.Globalization;
using System.Text.RegularExpressions;
using Platform.Evals;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// Words that must all hold for an item: <c>correct:true</c>, <c>correct:false</c>, <c>activity:canoe</c>,
/// <c>margin:&lt;0.1</c>, <c>margin:&gt;1</c>, <c>index:12</c>, or a text in context or endings. Quotes keep blanks
/// together: <c>activity:"high jump"</c>. Case does not matter.
/// </summary>
internal sealed partial class ExampleFilter
{
    private readonly List<string> _activities = [];
    private readonly List<string> _texts = [];
    private readonly bool? _correct;
    private readonly int? _index;
    private readonly double _above = double.NegativeInfinity;
    private readonly double _below = double.PositiveInfinity;
    private readonly bool _needsMargin;

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
            else if (word.StartsWith("margin:", StringComparison.OrdinalIgnoreCase))
            {
                var rest = word["margin:".Length..];
                if (rest is not ['<' or '>', ..]
                    || !double.TryParse(rest[1..], CultureInfo.InvariantCulture, out var value))
                {
                    throw new InvalidArgumentException("filter", $"'{word}' must be like margin:<0.1 or margin:>1.");
                }

                (_above, _below) = rest[0] == '>' ? (value, _below) : (_above, value);
                _needsMargin = true;
            }
            else if (word.StartsWith("index:", StringComparison.OrdinalIgnoreCase))
            {
                _index = int.TryParse(word["index:".Length..], CultureInfo.InvariantCulture, out var index)
                    ? index
                    : throw new InvalidArgumentException("filter", $"'{word}' must be like index:12.");
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
        && (_index is null || _index == line.Index)
        && (!_needsMargin || (line.Margin > _above && line.Margin < _below))
        && _activities.All(activity => line.Activity.Contains(activity, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an item's texts match.</summary>
    public bool Matches(GradedItem item) => _texts.All(text =>
        item.Context.Contains(text, StringComparison.OrdinalIgnoreCase)
        || item.Endings.Any(ending => ending.Text.Contains(text, StringComparison.OrdinalIgnoreCase)));

    [GeneratedRegex("""(?:"[^"]*"|[^\s"])+""", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
