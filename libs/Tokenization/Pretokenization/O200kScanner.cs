using static Platform.Tokenization.Pretokenization.CharacterClass;

namespace Platform.Tokenization.Pretokenization;

/// <summary><see cref="PretokenizerPattern.O200k"/> by hand, with the backtracking that its first two alternatives
/// need.</summary>
internal readonly unsafe struct O200kScanner : IPieceScanner
{
    public static byte* Next(byte* classes, byte* p, byte* end)
    {
        var found = At(classes, p, end, out var length);
        if ((found & Number) != 0)
            return Runs.UpToThreeNumbers(classes, p, end);

        var mayBePrefix = (found & (Letter | Number | NewLine)) == 0;
        var mayBeginWord = (found & (UpperLike | LowerLike)) != 0;
        byte* word = null;
        if (mayBePrefix)
            word = UpperThenLower(classes, p + length, end);
        if (word is null && mayBeginWord)
            word = UpperThenLower(classes, p, end);
        if (word is null && mayBePrefix)
            word = Upper(classes, p + length, end);
        if (word is null && mayBeginWord)
            word = Upper(classes, p, end);
        if (word is not null)
            return word + Runs.Contraction(word, end);

        if ((found & Other) != 0 || *p == ' ' && end - p > 1 && (At(classes, p + 1, end, out _) & Other) != 0)
        {
            var q = Runs.While(classes, p + length, end, Other);
            while (q < end && *q is (byte)'\r' or (byte)'\n' or (byte)'/')
                q++;
            return q;
        }

        return Runs.WhiteSpaceToNewLine(classes, p, end);
    }

    /// <summary><c>Upper* Lower+</c>: where nothing lower follows the greedy run, it gives back code points until
    /// one of them is lower-like too; that one ends the word.</summary>
    private static byte* UpperThenLower(byte* classes, byte* start, byte* end)
    {
        var upper = Runs.While(classes, start, end, UpperLike);
        var lower = Runs.While(classes, upper, end, LowerLike);
        if (lower > upper)
            return lower;
        for (var q = upper; q > start;)
        {
            var back = Back(q, start);
            if ((At(classes, back, end, out _) & LowerLike) != 0)
                return q;
            q = back;
        }

        return null;
    }

    /// <summary><c>Upper+ Lower*</c>; nothing lower can follow, or the first alternative had matched.</summary>
    private static byte* Upper(byte* classes, byte* start, byte* end)
    {
        var upper = Runs.While(classes, start, end, UpperLike);
        return upper > start ? upper : null;
    }
}
