using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Tokenization.Pretokenization;

/// <summary>
/// A user's regular expression. .NET's work on UTF-16 units, where a code point outside the BMP is two surrogates of
/// no class; so each is given to the expression as one BMP character of its own Unicode category. What no match
/// covers is a piece too, as in Hugging Face's "isolated" split, so that nothing is lost.
/// </summary>
internal sealed unsafe class RegexPretokenizer : Pretokenizer
{
    // A pattern that backtracks without end must not hold a thread for ever.
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);
    private static readonly char[] s_standIns = BuildStandIns();
    private readonly Regex _regex;

    public RegexPretokenizer(string pattern)
    {
        foreach (var c in pattern)
        {
            if (char.IsSurrogate(c))
            {
                throw new TokenizerFormatException(
                    "The pre-tokenizer's pattern has a literal character outside the BMP, which is not supported.");
            }
        }

        try
        {
            _regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, s_matchTimeout);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerFormatException($"The pre-tokenizer's pattern is not valid here: {e.Message}", e);
        }
    }

    public override bool CanSplit => false;

    public override void ForEach<THandler>(byte* start, byte* end, ref THandler handler)
    {
        var length = checked((int)(end - start));
        var chars = ArrayPool<char>.Shared.Rent(length);
        var offsets = ArrayPool<int>.Shared.Rent(length + 1);
        try
        {
            var count = ToStandIns(new ReadOnlySpan<byte>(start, length), chars, offsets);
            var done = 0;
            foreach (var match in _regex.EnumerateMatches(chars.AsSpan(0, count)))
            {
                Emit(done, match.Index, ref handler);
                Emit(match.Index, match.Index + match.Length, ref handler);
                done = match.Index + match.Length;
            }

            Emit(done, count, ref handler);

            void Emit(int from, int to, ref THandler handler)
            {
                if (to > from)
                    handler.OnPiece(start + offsets[from], offsets[to] - offsets[from], end);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerFormatException(
                $"The pre-tokenizer's pattern took more than {s_matchTimeout.TotalSeconds} s for one match: {_regex}",
                e);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
            ArrayPool<int>.Shared.Return(offsets);
        }
    }

    /// <summary>One character a code point (or invalid byte), and the byte where each begins.</summary>
    private static int ToStandIns(ReadOnlySpan<byte> utf8, char[] chars, int[] offsets)
    {
        var count = 0;
        var position = 0;
        while (position < utf8.Length)
        {
            var status = Rune.DecodeFromUtf8(utf8[position..], out var rune, out var consumed);
            offsets[count] = position;
            chars[count++] = status != OperationStatus.Done ? '\uFFFD'
                : rune.IsBmp ? (char)rune.Value
                : s_standIns[(int)Rune.GetUnicodeCategory(rune)];
            position += consumed;
        }

        offsets[count] = position;
        return count;
    }

    private static char[] BuildStandIns()
    {
        var standIns = new char[30];
        Array.Fill(standIns, '\uFFFD');
        // From the top, so that common characters, which a pattern may name, are not taken.
        for (var c = 0; c < 0xFFFE; c++)
            standIns[(int)CharUnicodeInfo.GetUnicodeCategory((char)c)] = (char)c;
        return standIns;
    }
}
