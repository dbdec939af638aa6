using System.Text;

namespace Platform.Tokenization.Tests;

public sealed class StreamEncoderTests
{
    // Guards against a word, a character or a special token that is cut where a part ends.
    [Theory]
    [InlineData("gpt2", 1)]
    [InlineData("gpt2", 1000)]
    [InlineData("cl100k", 7)]
    [InlineData("o200k", 1)]
    [InlineData("o200k", 64)]
    [InlineData(@"\p{L}+|\s|[^\p{L}\s]+", 10)]
    public void Append_TextInParts_EqualsTheWholeText(string pattern, int partBytes)
    {
        var text = TestTokenizers.RandomText(seed: 31, words: 1500) + "<|endoftext|>don't<|endoft";
        var tokenizer = TestTokenizers.Train(text, 500, PretokenizerPattern.Parse(pattern));
        var bytes = Encoding.UTF8.GetBytes(text);

        foreach (var handling in (SpecialTokenHandling[])[SpecialTokenHandling.AsText, SpecialTokenHandling.Allowed])
        {
            var (encoder, tokens) = (tokenizer.CreateStreamEncoder(handling), new TokenBuffer());
            foreach (var part in bytes.Chunk(partBytes))
                encoder.Append(part, tokens);
            encoder.Finish(tokens);

            Assert.Equal(tokenizer.Encode(bytes, handling), tokens.ToArray());
            Assert.Equal(0, encoder.PendingBytes);
        }
    }

    [Fact]
    public void Append_KnownPattern_GivesTokensBeforeTheEnd()
    {
        var tokenizer = TestTokenizers.Train("the cat sat");
        var (encoder, tokens) = (tokenizer.CreateStreamEncoder(), new TokenBuffer());

        encoder.Append("the cat sat on the mat"u8, tokens);

        Assert.True(tokens.Count > 0);
        Assert.InRange(encoder.PendingBytes, 1, 8);
    }

    [Fact]
    public void Append_EndlessWord_IsRefusedBeforeMemoryIsGone()
    {
        var encoder = TestTokenizers.Train("plain").CreateStreamEncoder();
        var (part, tokens) = (new byte[1 << 23], new TokenBuffer());
        Array.Fill(part, (byte)'a');

        Assert.Throws<UncutTextException>(() =>
        {
            for (var i = 0; i < 9; i++)
                encoder.Append(part, tokens);
        });
    }
}
