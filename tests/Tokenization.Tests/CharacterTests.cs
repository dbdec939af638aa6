using Platform.Tokenization.Training;

namespace Platform.Tokenization.Tests;

public sealed class CharacterTests
{
    private static readonly TokenizerTrainingOptions s_options = new() { Algorithm = TokenizerAlgorithm.Character };

    [Fact]
    public void Train_TinyShakespeare_Has65Characters()
    {
        var text = File.ReadAllText(SharedData.Require("tinyshakespeare/input.txt"));
        var trained = Train(text, s_options);

        Assert.Equal(65, trained.Tokenizer.VocabularySize);
        Assert.Null(trained.Tokenizer.EndOfText);
        // nanoGPT's prepare.py: sorted characters, so the first ids are newline and space.
        Assert.Equal([0, 1, 46, 43], trained.Tokenizer.Encode("\n he"));
        Assert.Equal(text, trained.Tokenizer.Decode(trained.Tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_UnseenCharacter_NamesItAndItsPlace()
    {
        var tokenizer = Train("abc é", s_options).Tokenizer;

        var error = Assert.Throws<UnknownCharacterException>(() => tokenizer.Encode("ébx"));

        Assert.Equal(('x', 3), ((char)error.Character!.Value.Value, error.ByteOffset));
        Assert.Contains("'x' (U+0078)", error.Message, StringComparison.Ordinal);
        Assert.Null(Assert.Throws<UnknownCharacterException>(() => tokenizer.Encode([(byte)'a', 0xFF])).Character);
    }

    [Fact]
    public void Train_SpecialTokens_ComeLastAndAreNotCounted()
    {
        var tokenizer = Train("ba<|endoftext|>𠀀", s_options with { SpecialTokens = ["<|endoftext|>"] }).Tokenizer;

        Assert.Equal(4, tokenizer.VocabularySize);
        Assert.Equal(3, tokenizer.EndOfText);
        Assert.Equal([1, 3, 2], tokenizer.Encode("b<|endoftext|>𠀀", SpecialTokenHandling.Allowed));
        // The offset is that in the whole text, not in the part after the special token.
        Assert.Equal(14, Assert.Throws<UnknownCharacterException>(
            () => tokenizer.Encode("a<|endoftext|>?", SpecialTokenHandling.Allowed)).ByteOffset);
    }

    [Fact]
    public void Train_InvalidUtf8_SaysSo() => Assert.Throws<InvalidDataException>(() => TokenizerTrainer.Train(
        [new TextChunk(new byte[] { 97, 0xC3 })], s_options, cancellationToken: TestContext.Current.CancellationToken));

    private static TrainedTokenizer Train(string text, TokenizerTrainingOptions options) => TokenizerTrainer.Train(
        [TextChunk.Document(text)], options, cancellationToken: TestContext.Current.CancellationToken);
}
