using System.Buffers;
using System.Text;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>A character-level vocabulary: the distinct code points of the text in their order, then the special
/// tokens.</summary>
internal static class CharacterTrainer
{
    public static TrainedTokenizer Train(
        IEnumerable<TextChunk> chunks, TokenizerTrainingOptions options,
        IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var specials = new SpecialTokenTable(options.SpecialTokens.Index().ToDictionary(s => s.Item, s => s.Index));
        var splitter = new TextSplitter(canSplit: true, specials);
        var seen = TokenizerTrainer.CountParallel(
            chunks, splitter, options,
            () => new bool[0x110000],
            (found, section) => Collect(section.Span, specials, found),
            progress, mergesWanted: 0, cancellationToken);

        var tokens = new List<byte[]>();
        for (var codePoint = 0; codePoint < 0x110000; codePoint++)
        {
            if (seen.Exists(found => found[codePoint]))
                tokens.Add(Encoding.UTF8.GetBytes(new Rune(codePoint).ToString()));
        }

        var characters = tokens.Count;
        var ids = new Dictionary<string, int>();
        foreach (var special in options.SpecialTokens)
        {
            ids.Add(special, tokens.Count);
            tokens.Add(Encoding.UTF8.GetBytes(special));
        }

        progress?.Report(new TokenizerTrainingProgress(splitter.BytesRead, true, characters, 0, 0));
        return new TrainedTokenizer(
            new CharacterTokenizer(new Vocabulary(tokens), new SpecialTokenTable(ids)),
            splitter.BytesRead, splitter.Documents, characters, 0);
    }

    private static void Collect(ReadOnlySpan<byte> section, SpecialTokenTable specials, bool[] found)
    {
        var done = 0;
        while (specials.TryFind(section, done, out var start, out var length, out _))
        {
            CollectText(section[done..start], found);
            done = start + length;
        }

        CollectText(section[done..], found);
    }

    private static void CollectText(ReadOnlySpan<byte> text, bool[] found)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(text, out var rune, out var consumed) != OperationStatus.Done)
            {
                throw new InvalidDataException(
                    $"The training text has the byte 0x{text[0]:X2} where valid UTF-8 has none; a character-level "
                    + "tokenizer needs valid UTF-8.");
            }

            found[rune.Value] = true;
            text = text[consumed..];
        }
    }
}
