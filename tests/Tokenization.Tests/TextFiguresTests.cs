using System.Text;

namespace Platform.Tokenization.Tests;

public sealed class TextFiguresTests
{
    [Fact]
    public void Of_EveryByteAToken_BreaksEveryLongerWord()
    {
        var tokenizer = TestTokenizers.Train("plain", vocabularySize: 257);

        // Words: a, cat, don, t, 明, 月, é.
        var figures = TextFigures.Of(tokenizer, Encoding.UTF8.GetBytes("a cat don't 明月 é"));

        Assert.Equal(new TextFigures(Tokens: 21, Bytes: 21, Characters: 16, Words: 7, WholeWords: 2), figures);
        Assert.Equal(1.0, figures.BytesPerToken);
        Assert.Equal(2 / 7.0, figures.WholeWordShare);
    }

    [Fact]
    public void Of_LearntWords_StayWhole()
    {
        var tokenizer = TestTokenizers.Train(string.Concat(Enumerable.Repeat(" cat 明月", 50)), vocabularySize: 300);

        var figures = TextFigures.Of(tokenizer, Encoding.UTF8.GetBytes(" cat 明月 cats"));

        // Both characters lie within one token, so both stay whole; "cats" is two tokens.
        Assert.Equal((4, 3), (figures.Words, figures.WholeWords));
    }

    [Fact]
    public void Of_EmptyText_HasNoShares() =>
        Assert.Equal((0, 0, 0), (default(TextFigures).BytesPerToken, default(TextFigures).CharactersPerToken,
            TextFigures.Of(TestTokenizers.Train("plain", 257), []).WholeWordShare));

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    public void WithMerges_AnyNumber_IsTheTokenizerOfASmallerVocabulary(string pattern)
    {
        var text = TestTokenizers.RandomText(seed: 8, words: 3000);
        var large = (BpeTokenizer)TestTokenizers.Train(text, 700, PretokenizerPattern.Parse(pattern));
        var small = TestTokenizers.Train(text, 400, PretokenizerPattern.Parse(pattern));

        var cut = large.WithMerges(400 - 257);

        string[] Pieces(TextTokenizer tokenizer) =>
            [.. tokenizer.Encode(text).Select(id => Convert.ToHexString(tokenizer.TokenBytes(id)))];
        Assert.Equal(Pieces(small), Pieces(cut));
        Assert.Equal(400 - 257, cut.MergeCount);
        Assert.Same(large, large.WithMerges(int.MaxValue));
    }
}
