using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Tests;

/// <summary>BPE as the papers describe it, as slow as that is: every pair is counted again for every merge.</summary>
internal static class NaiveBpe
{
    /// <summary>The merged tokens in order, a byte a character.</summary>
    public static string[] Train(string text, string pattern, int merges, long minFrequency = 1) =>
        Train(
            Split(text, pattern).GroupBy(word => word).Select(group => (group.Key, (long)group.Count())),
            merges,
            minFrequency);

    /// <summary>The same from words, a byte a character, and their counts.</summary>
    public static string[] Train(IEnumerable<(string Word, long Count)> wordCounts, int merges, long minFrequency)
    {
        var words = wordCounts
            .Select(word => (Symbols: word.Word.Select(c => c.ToString()).ToList(), word.Count))
            .ToList();
        var found = new List<string>();
        while (found.Count < merges)
        {
            var counts = new Dictionary<(string, string), long>();
            foreach (var (symbols, count) in words)
            {
                foreach (var pair in symbols.Zip(symbols.Skip(1)))
                    counts[pair] = counts.GetValueOrDefault(pair) + count;
            }

            if (counts.Count == 0 || counts.Values.Max() < minFrequency)
                break;
            var best = counts.MaxBy(entry => (entry.Value, entry.Key), s_order).Key;
            foreach (var (symbols, _) in words)
                Merge(symbols, best);
            found.Add(best.Item1 + best.Item2);
        }

        return [.. found];
    }

    /// <summary>The tokens of one piece, where ids are in the order of the merges.</summary>
    public static int[] Encode(TextTokenizer tokenizer, string piece)
    {
        var ids = Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.IsSpecial(id))
            .ToDictionary(id => Encoding.Latin1.GetString(tokenizer.TokenBytes(id)));
        var symbols = piece.Select(c => c.ToString()).ToList();
        while (true)
        {
            var pairs = symbols.Zip(symbols.Skip(1), (left, right) => (Left: left, Right: right))
                .Where(pair => ids.ContainsKey(pair.Left + pair.Right)).ToList();
            if (pairs.Count == 0)
                return [.. symbols.Select(symbol => ids[symbol])];
            Merge(symbols, pairs.MinBy(pair => ids[pair.Left + pair.Right]));
        }
    }

    /// <summary>The tokens of one piece by a tokenizer's own list of merges.</summary>
    public static int[] EncodeByMerges(BpeTokenizer tokenizer, byte[] piece)
    {
        var merges = new Dictionary<(int, int), Merge>();
        foreach (var merge in tokenizer.Model.Merges)
            merges.TryAdd((merge.Left, merge.Right), merge);
        var ids = piece.Select(value => tokenizer.ByteIds[value]).ToList();
        while (true)
        {
            var found = Enumerable.Range(0, ids.Count - 1)
                .Where(i => merges.ContainsKey((ids[i], ids[i + 1])))
                .Select(i => (merges[(ids[i], ids[i + 1])].Rank, Position: i))
                .DefaultIfEmpty((Rank: int.MaxValue, Position: -1))
                .Min();
            if (found.Position < 0)
                return [.. ids];
            ids[found.Position] = merges[(ids[found.Position], ids[found.Position + 1])].Merged;
            ids.RemoveAt(found.Position + 1);
        }
    }

    /// <summary>The pieces, each with a byte a character. Letters outside the BMP are given to the expression as
    /// letters of the same class.</summary>
    private static IEnumerable<string> Split(string text, string pattern)
    {
        var runes = text.EnumerateRunes().ToArray();
        var bmp = new string([.. runes.Select(rune => rune.IsBmp ? (char)rune.Value : StandIn(rune))]);
        return Regex.Matches(bmp, pattern).Select(match => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(
            string.Concat(runes.Skip(match.Index).Take(match.Length)))));
    }

    private static char StandIn(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter => 'Q',
        UnicodeCategory.LowercaseLetter => 'q',
        UnicodeCategory.OtherLetter => '\u4e00',
        _ => '\u2603',
    };

    private static void Merge(List<string> symbols, (string Left, string Right) pair)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                symbols[i] += pair.Right;
                symbols.RemoveAt(i + 1);
            }
        }
    }

    private static readonly Comparer<(long Count, (string, string) Pair)> s_order =
        Comparer<(long Count, (string Left, string Right) Pair)>.Create((a, b) =>
            a.Count != b.Count ? a.Count.CompareTo(b.Count)
            : string.CompareOrdinal(a.Pair.Left, b.Pair.Left) is not 0 and var order ? order
            : string.CompareOrdinal(a.Pair.Right, b.Pair.Right));
}
