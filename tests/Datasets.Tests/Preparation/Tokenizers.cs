using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Tokenization;
using Platform.Tokenization.Training;

namespace Platform.Datasets.Tests.Preparation;

/// <summary>Small tokenizers trained on the bundled corpus.</summary>
internal static class Tokenizers
{
    private static readonly Lazy<TextTokenizer> s_bytePairs = new(() => Train(TokenizerAlgorithm.ByteLevelBpe));
    private static readonly Lazy<TextTokenizer> s_characters = new(() => Train(TokenizerAlgorithm.Character));

    public static TextTokenizer BytePairs => s_bytePairs.Value;

    public static TextTokenizer Characters => s_characters.Value;

    /// <summary>Texts as documents to encode.</summary>
    public static TokenSources Sources(params IEnumerable<string> texts) =>
        new(() => texts.Select(text => SourceText.Of(new SourceDocument(text))));

    private static TextTokenizer Train(TokenizerAlgorithm algorithm) => TokenizerTrainer.Train(
        new StoryCorpus(0).Stories(100_000).Select(story => TextChunk.Document(story.Text + "\n")),
        new TokenizerTrainingOptions
        {
            Algorithm = algorithm,
            VocabularySize = 600,
            SpecialTokens = algorithm == TokenizerAlgorithm.Character ? [] : ["<|endoftext|>"],
        },
        null,
        TestContext.Current.CancellationToken).Tokenizer;
}
