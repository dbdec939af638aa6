using System.Runtime.CompilerServices;
using static Platform.Tokenization.Pretokenization.CharacterClass;

namespace Platform.Tokenization.Pretokenization;

/// <summary><see cref="PretokenizerPattern.Cl100k"/> by hand.</summary>
internal readonly unsafe struct Cl100kScanner : IPieceScanner
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Next(byte* classes, byte* p, byte* end)
    {
        var found = At(classes, p, end, out var length);
        if ((found & Letter) != 0)
            return Runs.Letters(classes, p + length, end);
        if ((found & Number) != 0)
            return Runs.UpToThreeNumbers(classes, p, end);
        if (*p == '\'' && Runs.Contraction(p, end) is > 0 and var contraction)
            return p + contraction;

        byte second = 0;
        if ((found & NewLine) == 0 && end - p > length)
        {
            second = At(classes, p + length, end, out var secondLength);
            if ((second & Letter) != 0)
                return Runs.Letters(classes, p + length + secondLength, end);
        }

        if ((found & Other) != 0 || *p == ' ' && (second & Other) != 0)
        {
            var q = Runs.While(classes, p + length, end, Other);
            return Runs.While(classes, q, end, NewLine);
        }

        return Runs.WhiteSpaceToNewLine(classes, p, end);
    }
}
