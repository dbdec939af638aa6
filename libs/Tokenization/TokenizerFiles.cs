using Platform.Tokenization.Formats;

namespace Platform.Tokenization;

/// <summary>Reads and writes the folder of a tokenizer.</summary>
public static class TokenizerFiles
{
    /// <summary>Ids of the built-in tokenizers: gpt2, r50k (the same under another name), cl100k, o200k.</summary>
    public static IReadOnlyCollection<string> BuiltInIds { get; } = [.. KnownEncoding.All.Keys];

    /// <summary>
    /// Reads a tokenizer from a folder: <c>tokenizer.json</c>, else <c>vocab.json</c> and <c>merges.txt</c> (or
    /// <c>encoder.json</c> and <c>vocab.bpe</c>).
    /// </summary>
    /// <exception cref="TokenizerFilesMissingException">The folder has none of them.</exception>
    /// <exception cref="TokenizerFormatException">They are damaged or of a kind that is not supported.</exception>
    public static TextTokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var json = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(json))
            return HuggingFaceReader.Read(json);
        if (MergesFile.FindPair(folder) is var (vocab, merges))
            return MergesFile.Read(vocab, merges, PretokenizerPattern.Gpt2);
        throw new TokenizerFilesMissingException(
            $"{folder} has no tokenizer: it needs tokenizer.json, or vocab.json and merges.txt.");
    }

    /// <summary>
    /// Reads a tokenizer by its id from the folder that holds all tokenizers; a built-in one (<see cref="BuiltInIds"/>)
    /// from the files of OpenAI in the folder of its id, or else from those that come with this program, checked by
    /// SHA-256.
    /// </summary>
    /// <exception cref="TokenizerFilesMissingException">There is no such tokenizer; the message names what is wanted
    /// and where.</exception>
    /// <exception cref="TokenizerFormatException">The files are damaged, others than the built-in tokenizer's, or of
    /// a kind that is not supported.</exception>
    public static TextTokenizer LoadById(string tokenizersFolder, string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(tokenizersFolder);
        ArgumentException.ThrowIfNullOrEmpty(id);
        return KnownEncoding.All.TryGetValue(id, out var known)
            ? known.Read(tokenizersFolder)
            : Load(Path.Combine(tokenizersFolder, id));
    }

    /// <summary>A built-in tokenizer, described without reading its files; null where the id is none of
    /// <see cref="BuiltInIds"/>.</summary>
    public static BuiltInTokenizer? FindBuiltIn(string id) =>
        KnownEncoding.All.TryGetValue(id, out var known)
            ? new BuiltInTokenizer(
                id, Math.Max(known.Ranks, known.Specials.Values.Max() + 1), known.Ranks - 256, known.Specials)
            : null;

    /// <summary>Reads a tokenizer from files of any supported format: <c>tokenizer.json</c>, <c>vocab.json</c> and
    /// <c>merges.txt</c>, <c>.tiktoken</c>, the vocabulary of a GGUF.</summary>
    /// <param name="paths">The files, or a folder that holds them.</param>
    /// <param name="options">What the files leave open.</param>
    /// <exception cref="TokenizerFilesMissingException">There is no tokenizer among the files.</exception>
    /// <exception cref="TokenizerFormatException">They are damaged or of a kind that is not supported.</exception>
    public static TextTokenizer Import(IReadOnlyList<string> paths, TokenizerImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return TokenizerImport.Read(paths, options ?? new TokenizerImportOptions());
    }

    /// <summary>Takes the files of a built-in tokenizer, checked by their SHA-256, into the folder of its id.</summary>
    /// <exception cref="TokenizerFormatException">They are others.</exception>
    public static void ImportBuiltIn(string id, IReadOnlyList<string> paths, string folder)
    {
        ArgumentNullException.ThrowIfNull(paths);
        KnownEncoding.All[id].CopyFiles(TokenizerImport.Expand(paths), folder);
    }

    /// <summary>Writes a tokenizer's files in a format into a folder.</summary>
    /// <returns>Their names.</returns>
    /// <exception cref="TokenizerFormatException">The format cannot say what the tokenizer is.</exception>
    public static IReadOnlyList<string> Export(TextTokenizer tokenizer, TokenizerFormat format, string folder)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        switch (format)
        {
            case TokenizerFormat.VocabMerges:
                if (!HuggingFaceWriter.FitsPair(tokenizer))
                {
                    throw new TokenizerFormatException(
                        "vocab.json and merges.txt imply GPT-2's pattern and nothing but merges, which this tokenizer "
                        + "is not. Export it as tokenizer.json.");
                }

                HuggingFaceWriter.WritePair(tokenizer, folder);
                return ["vocab.json", "merges.txt"];
            case TokenizerFormat.Tiktoken:
                TiktokenWriter.Write(
                    tokenizer as BpeTokenizer ?? throw new TokenizerFormatException(
                        "A .tiktoken file holds byte-level BPE only. Export it as tokenizer.json."),
                    folder);
                return [TiktokenWriter.RankFile, TiktokenWriter.SettingsFile];
            default:
                HuggingFaceWriter.Write(tokenizer, folder);
                return ["tokenizer.json", "tokenizer_config.json"];
        }
    }

    /// <summary>
    /// Writes <c>tokenizer.json</c> (which defines the tokenizer), <c>tokenizer_config.json</c> and, where they can
    /// say the same, <c>vocab.json</c> and <c>merges.txt</c>. Loading the folder gives a tokenizer with the same ids.
    /// </summary>
    public static void Save(TextTokenizer tokenizer, string folder)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        HuggingFaceWriter.Write(tokenizer, folder);
        if (HuggingFaceWriter.FitsPair(tokenizer))
            HuggingFaceWriter.WritePair(tokenizer, folder);
    }

    /// <summary>Writes the one file that defines a tokenizer, in the format of Hugging Face's
    /// <c>tokenizer.json</c>.</summary>
    public static void SaveDefinition(TextTokenizer tokenizer, string path)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        HuggingFaceWriter.WriteDefinition(tokenizer, path);
    }
}
