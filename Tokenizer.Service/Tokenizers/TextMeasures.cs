using System.Text;
using Platform.Contracts.Tokenizer.V1;
using Platform.Tokenization;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Measures how tokenizers cut texts.</summary>
internal sealed class TextMeasures(TokenizerCatalog catalog, TrainingText text)
{
    private const int MaxTokenizers = 8;
    private const int MaxTexts = 100;
    private const int MaxSizes = 64;
    private const int DefaultWidth = 768;
    private const int MaxWidth = 1 << 16;
    private const int FirstStudiedSize = 512;
    private const long MaxInputBytes = 256L << 20;

    /// <summary>Every text by every tokenizer.</summary>
    /// <exception cref="PlatformException">The request is wrong, or a text is not to be had.</exception>
    public CompareTokenizersResponse Compare(CompareTokenizersRequest request, CancellationToken cancellationToken)
    {
        var violations = new Violations();
        violations.Require(request.Tokenizers.Count is >= 1 and <= MaxTokenizers, "tokenizers",
            $"From 1 to {MaxTokenizers} tokenizers; not {request.Tokenizers.Count}.");
        violations.Require(request.Texts.Count is >= 1 and <= MaxTexts, "texts",
            $"From 1 to {MaxTexts} texts; not {request.Texts.Count}.");
        violations.ThrowIfAny();

        var tokenizers = request.Tokenizers.Select((name, i) => catalog.Get(name, $"tokenizers[{i}]")).ToList();
        var response = new CompareTokenizersResponse();
        for (var i = 0; i < request.Texts.Count; i++)
        {
            var documents = Documents(request.Texts[i], $"texts[{i}]", cancellationToken);
            for (var j = 0; j < tokenizers.Count; j++)
            {
                var figures = Measure(tokenizers[j], documents, cancellationToken);
                (figures.Text, figures.Tokenizer) = (NameOf(request.Texts[i], i), request.Tokenizers[j]);
                response.Figures.Add(figures);
            }
        }

        return response;
    }

    /// <summary>A text by a tokenizer after fewer and fewer of its merges.</summary>
    /// <exception cref="PlatformException">The request is wrong, or the text is not to be had.</exception>
    public StudyVocabularyResponse Study(StudyVocabularyRequest request, CancellationToken cancellationToken)
    {
        if (catalog.Get(request.Tokenizer, "tokenizer") is not BpeTokenizer tokenizer)
            throw new InvalidArgumentException("tokenizer", $"{request.Tokenizer} has no merges to leave out.");
        // Ids of bytes and special tokens stay whatever the number of merges.
        var fixedTokens = 256 + tokenizer.SpecialTokens.Count;
        var largest = fixedTokens + tokenizer.MergeCount;
        var width = request.NEmbd == 0 ? DefaultWidth : request.NEmbd;
        var sizes = request.VocabularySizes.Count > 0 ? [.. request.VocabularySizes] : Doublings(fixedTokens, largest);
        var violations = new Violations();
        violations.Require(width is >= 1 and <= MaxWidth, "n_embd", $"From 1 to {MaxWidth}; not {width}.");
        violations.Require(sizes.Count <= MaxSizes, "vocabulary_sizes", $"At most {MaxSizes} sizes.");
        for (var i = 0; i < sizes.Count; i++)
        {
            violations.Require(sizes[i] >= fixedTokens && sizes[i] <= largest, $"vocabulary_sizes[{i}]",
                $"From {fixedTokens} (bytes and special tokens) to {largest} (all of it); not {sizes[i]}.");
        }

        violations.Require(request.Text is not null, "text", "Name a text to measure on.");
        violations.ThrowIfAny();

        var documents = Documents(request.Text!, "text", cancellationToken);
        if (documents.TrueForAll(document => document.Length == 0))
            throw new InvalidArgumentException("text", "It is empty: there is nothing to measure on.");
        var response = new StudyVocabularyResponse();
        foreach (var size in sizes.Order())
        {
            var smaller = tokenizer.WithMerges(size - fixedTokens);
            var figures = Measure(smaller, documents, cancellationToken);
            response.Points.Add(new VocabularyPoint
            {
                VocabularySize = size,
                TokenCount = figures.TokenCount,
                BytesPerToken = figures.BytesPerToken,
                WholeWordShare = figures.WholeWordShare,
                EmbeddingParameterCount = (long)size * width,
                UnusedTokenCount = size - UsedTokens(smaller, documents),
            });
        }

        return response;
    }

    private static List<int> Doublings(int least, int largest)
    {
        var sizes = new List<int>();
        for (var size = FirstStudiedSize; size < largest; size *= 2)
        {
            if (size >= least)
                sizes.Add(size);
        }

        sizes.Add(largest);
        return sizes;
    }

    private static int UsedTokens(BpeTokenizer tokenizer, List<byte[]> documents)
    {
        var used = new HashSet<int>();
        foreach (var document in documents)
            used.UnionWith(tokenizer.Encode(document));
        return used.Count;
    }

    private static ComparisonFigures Measure(
        TextTokenizer tokenizer, List<byte[]> documents, CancellationToken cancellationToken)
    {
        var sum = new TextFigures();
        try
        {
            foreach (var document in documents)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sum += TextFigures.Of(tokenizer, document);
            }
        }
        catch (UnknownCharacterException e)
        {
            return new ComparisonFigures { Problem = e.Message };
        }

        return new ComparisonFigures
        {
            TokenCount = sum.Tokens,
            TextBytes = sum.Bytes,
            CharacterCount = sum.Characters,
            WordCount = sum.Words,
            WholeWordCount = sum.WholeWords,
            BytesPerToken = sum.BytesPerToken,
            CharactersPerToken = sum.CharactersPerToken,
            WholeWordShare = sum.WholeWordShare,
        };
    }

    private static string NameOf(ComparisonText text, int index) => text switch
    {
        { Name.Length: > 0 } => text.Name,
        { Input.Length: > 0 } => text.Input,
        _ => $"text {index + 1}",
    };

    private List<byte[]> Documents(ComparisonText wanted, string field, CancellationToken cancellationToken)
    {
        if (wanted.SourceCase == ComparisonText.SourceOneofCase.None)
            throw new InvalidArgumentException(field, "Give the text, or an input that holds it.");
        if (wanted.SourceCase == ComparisonText.SourceOneofCase.Text)
            return [Encoding.UTF8.GetBytes(wanted.Text)];
        var source = text.Open(wanted.Input, $"{field}.input");
        var documents = new List<byte[]>();
        var bytes = 0L;
        foreach (var document in source.Documents())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((bytes += document.Length) > MaxInputBytes)
            {
                throw new InvalidArgumentException(
                    $"{field}.input", $"It has more than {MaxInputBytes} bytes of text.");
            }

            documents.Add(document.ToArray());
        }

        return documents;
    }
}
