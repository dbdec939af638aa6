using System.Text;
using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization.Tests;

public sealed class PretokenizerTests
{
    /// <summary>The hand-written scanners, which take letters many at a time, find what the regular expressions do.
    /// Texts whose runs of Chinese letters begin, end and break off everywhere in a vector.</summary>
    [Theory]
    [InlineData("gpt2", true)]
    [InlineData("cl100k", false)] // whose two ways count the bytes of a broken character differently
    public void Scanner_RunsOfChinese_GivesTheExpressionsPieces(string name, bool withBroken)
    {
        var pattern = PretokenizerPattern.Parse(name);
        var scanner = Pretokenizer.For(pattern);
        var expression = new RegexPretokenizer(pattern.Regex);
        // The first and last of the block of letters, and of its bytes' ranges.
        string[] letters = ["\u4e00", "\u4e01", "\u4fff", "\u5000", "中", "文", "\u9fbf", "\u9fc0", "\u9fff"];
        // Beside the block: a sign of U+4DC0 to U+4DFF, letters, a number, marks, and what is no UTF-8 at all.
        string[] beside = ["\u4dff", "\u4dbf", "\ua000", "\u3007", "，", "。", " ", "\n", "a", "Z", "é", "7", "\u0301",
            "𠀀", "\uf900", "\u3400"];
        byte[][] broken = withBroken ? [[0xE4], [0xE4, 0xB8], [0xE9, 0xBF], [0xB8], [0xFF]] : [];
        byte[][] others = [.. beside.Select(Encoding.UTF8.GetBytes), .. broken];
        var random = new Random(1);
        for (var text = 0; text < 400; text++)
        {
            var bytes = new List<byte>();
            for (var runs = random.Next(1, 12); runs > 0; runs--)
            {
                for (var length = random.Next(0, 40); length > 0; length--)
                    bytes.AddRange(Encoding.UTF8.GetBytes(letters[random.Next(letters.Length)]));
                bytes.AddRange(others[random.Next(others.Length)]);
            }

            Assert.Equal(Pieces(expression, [.. bytes]), Pieces(scanner, [.. bytes]));
        }
    }

    [Fact]
    public unsafe void CharacterClass_FromU4E00ToU9FFF_IsLetters()
    {
        for (var codePoint = 0x4E00; codePoint <= 0x9FFF; codePoint++)
            Assert.True((CharacterClass.Table[codePoint] & CharacterClass.Letter) != 0, $"U+{codePoint:X}");
    }

    private static unsafe List<string> Pieces(Pretokenizer pretokenizer, byte[] text)
    {
        var handler = new Handler([]);
        fixed (byte* bytes = text)
            pretokenizer.ForEach(bytes, bytes + text.Length, ref handler);
        return handler.Pieces;
    }

    private readonly unsafe struct Handler(List<string> pieces) : IPieceHandler
    {
        public List<string> Pieces => pieces;

        public void OnPiece(byte* piece, int length, byte* end) =>
            pieces.Add(Convert.ToHexString(new ReadOnlySpan<byte>(piece, length)));
    }
}
