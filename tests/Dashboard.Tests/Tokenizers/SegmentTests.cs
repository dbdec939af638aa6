using System.Text;
using Google.Protobuf;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Tokenizers;

namespace Platform.Dashboard.Tests.Tokenizers;

public sealed class SegmentTests
{
    [Fact]
    public void Divide_TokensThatEndAtCharacters_AreASegmentEach()
    {
        var segments = Segment.Divide("Once upon", Pieces("Once upon", 4, 5));

        Assert.Equal(["Once", " upon"], segments.Select(s => s.Text));
        Assert.Equal("·upon", segments[1].Visible);
    }

    [Fact]
    public void Divide_TokensInsideAnEmoji_AreShownTogether()
    {
        // A woman astronaut is three code points of 4, 3 and 4 bytes, one character for whoever reads it.
        const string Text = "a👩‍🚀b";

        var segments = Segment.Divide(Text, Pieces(Text, 1, 3, 1, 3, 4, 1));

        Assert.Equal(["a", "👩‍🚀", "b"], segments.Select(s => s.Text));
        Assert.Equal(4, segments[1].Tokens.Count);
        Assert.EndsWith("\nU+1F469 U+200D U+1F680", segments[1].Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Divide_LineEnds_AreMadeVisible()
    {
        var segments = Segment.Divide("x\n", Pieces("x\n", 1, 1));

        Assert.Equal("⏎\n", segments[1].Visible);
        Assert.Equal("id 1: 0a\nU+000A", segments[1].Words);
    }

    private static List<TokenPiece> Pieces(string text, params int[] lengths)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var pieces = new List<TokenPiece>();
        var begin = 0;
        foreach (var length in lengths)
        {
            pieces.Add(new()
            {
                Id = pieces.Count,
                Bytes = ByteString.CopyFrom(bytes, begin, length),
                OffsetBytes = begin,
            });
            begin += length;
        }

        return pieces;
    }
}
