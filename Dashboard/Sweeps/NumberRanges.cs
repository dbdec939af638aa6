using System.Globalization;

namespace Platform.Dashboard.Sweeps;

/// <summary>Numbers in an address, with neighbours drawn together: 1-4,7.</summary>
public static class NumberRanges
{
    private const int Largest = 100_000;

    /// <summary>Writes numbers.</summary>
    /// <param name="numbers">Whole numbers, not negative.</param>
    public static string Write(IEnumerable<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var number in numbers.Distinct().Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
                ranges[^1] = (ranges[^1].First, number);
            else
                ranges.Add((number, number));
        }

        return string.Join(
            ',',
            ranges.Select(r => string.Create(
                CultureInfo.InvariantCulture, $"{r.First}{(r.Last > r.First ? $"-{r.Last}" : "")}")));
    }

    /// <summary>Reads them; what is no number or range of numbers is passed over.</summary>
    /// <param name="text">The text.</param>
    public static IReadOnlySet<int> Read(string text)
    {
        var numbers = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryRead(ends[0], out var first) || !TryRead(ends[^1], out var last))
                continue;
            for (var number = first; number <= last; number++)
                numbers.Add(number);
        }

        return numbers;
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= Largest;
}
