using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Components;
using Platform.Dashboard.Tokenizers;

namespace Platform.Dashboard.Tests.Tokenizers;

public sealed class TokenizerFormTests
{
    private readonly FieldReader _reader = new();

    [Fact]
    public void ToSpec_EmptyFields_AreLeftToTheService()
    {
        var spec = new TokenizerForm { Inputs = "datasets/a, uploads/b" }.ToSpec(_reader);

        var expected = new TokenizerSpec
        {
            Inputs = { "datasets/a", "uploads/b" },
            Algorithm = Algorithm.BytePair,
            Pattern = "gpt2",
        };
        Assert.Equal(expected, spec);
        Assert.Null(_reader.Failure);
    }

    [Fact]
    public void ToSpec_EveryField_ReachesTheService()
    {
        var form = new TokenizerForm
        {
            Vocabulary = "32,768",
            Pattern = TokenizerForm.OwnPattern,
            Expression = @"\p{L}+|\s",
            TextField = "story",
            Template = "{title} {story}",
            SpecialTokens = "<|endoftext|>\n<|user|>\n",
            MinFrequency = "5",
            SkipBadRecords = true,
        };

        var spec = form.ToSpec(_reader);

        Assert.Equal((32_768, 5, @"\p{L}+|\s"), (spec.VocabularySize, spec.MinFrequency, spec.Pattern));
        Assert.Equal(("story", "{title} {story}", true), (spec.TextField, spec.Template, spec.SkipBadRecords));
        Assert.Equal(["<|endoftext|>", "<|user|>"], spec.SpecialTokens.Tokens);
    }

    [Fact]
    public void ToSpec_NoSpecialTokens_AreNoneAndNotTheDefault() =>
        Assert.Empty(new TokenizerForm { SpecialTokens = "none" }.ToSpec(_reader).SpecialTokens.Tokens);

    [Fact]
    public void ToSpec_Characters_HaveNothingOfBytePairs()
    {
        var form = new TokenizerForm { Algorithm = "character", Vocabulary = "many", Pattern = "o200k" };

        var spec = form.ToSpec(_reader);

        Assert.Equal(new TokenizerSpec { Algorithm = Algorithm.Character }, spec);
        Assert.Null(_reader.Failure);
    }

    [Fact]
    public void ToSpec_WordsForNumbers_AreProblemsOfTheirFields()
    {
        _ = new TokenizerForm { Vocabulary = "many", MinFrequency = "1.5" }.ToSpec(_reader);

        Assert.NotNull(FieldReader.Problem(_reader.Failure, "vocabulary_size"));
        Assert.NotNull(FieldReader.Problem(_reader.Failure, "min_frequency"));
        Assert.Null(FieldReader.Problem(_reader.Failure, "pattern"));
    }

    [Fact]
    public void Figures_OfAStudy_AreBarsOfBothColumns()
    {
        var figures = VocabularyStudy.Figures(
        [
            new() { VocabularySize = 512, BytesPerToken = 1.85, EmbeddingParameterCount = 393_216 },
            new() { VocabularySize = 1_024, BytesPerToken = 2.46, EmbeddingParameterCount = 786_432 },
        ]);

        Assert.All(figures, figure => Assert.Equal(["512", "1,024"], figure.Categories));
        Assert.Equal([1.85, 2.46], figures[0].Series[0].Y);
        Assert.Equal([0.393216, 0.786432], figures[1].Series[0].Y);
    }
}
