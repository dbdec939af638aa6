using System.Runtime.CompilerServices;
using static Platform.Tokenization.Pretokenization.CharacterClass;

namespace Platform.Tokenization.Pretokenization;

/// <summary><see cref="PretokenizerPattern.Gpt2"/> by hand.</summary>
internal readonly unsafe struct Gpt2Scanner : IPieceScanner
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Next(byte* classes, byte* p, byte* end)
    {
        var found = At(classes, p, end, out var length);
        if ((found & Letter) != 0)
            return Runs.Letters(classes, p + length, end);

        if (*p == ' ' && end - p > 1)
        {
            var second = At(classes, p + 1, end, out var secondLength);
            if ((second & Letter) != 0)
                return Runs.Letters(classes, p + 1 + secondLength, end);
            if ((second & Space) == 0)
                return Runs.While(classes, p + 1 + secondLength, end, (byte)(second & (Number | Other)));
        }
        else if (*p == '\'' && end - p > 1)
        {
            if (p[1] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
                return p + 2;
            if (end - p > 2 && (p[1] == 'l' && p[2] == 'l' || p[1] is (byte)'r' or (byte)'v' && p[2] == 'e'))
                return p + 3;
        }

        return (found & Space) != 0
            ? Runs.WhiteSpace(classes, p, end)
            : Runs.While(classes, p + length, end, (byte)(found & (Number | Other)));
    }
}
