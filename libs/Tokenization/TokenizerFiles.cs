using Platform.Tokenization.Formats;

namespace Platform.Tokenization;

/// <summary>Reads and writes the folder of a tokenizer.</summary>
public static class TokenizerFiles
{
    /// <summary>Ids of the built-in tokenizers: gpt2, cl100k, o200k.</summary>
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
        foreach (var (vocabName, mergesName) in (ReadOnlySpan<(string, string)>)
            [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")])
        {
            var (vocab, merges) = (Path.Combine(folder, vocabName), Path.Combine(folder, mergesName));
            if (File.Exists(vocab) && File.Exists(merges))
                return MergesFile.Read(vocab, merges);
        }

        throw new TokenizerFilesMissingException(
            $"{folder} has no tokenizer: it needs tokenizer.json, or vocab.json and merges.txt.");
    }

    /// <summary>
    /// Reads a tokenizer by its id from the folder that holds all tokenizers; a built-in one (gpt2, cl100k, o200k)
    /// from the files of OpenAI in the folder of its id, checked by SHA-256.
    /// </summary>
    /// <exception cref="TokenizerFilesMissingException">There is no such tokenizer, or files are missing; the message
    /// names what is wanted and where.</exception>
    /// <exception cref="TokenizerFormatException">The files are damaged, others than the built-in tokenizer's, or of
    /// a kind that is not supported.</exception>
    public static TextTokenizer LoadById(string tokenizersFolder, string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(tokenizersFolder);
        ArgumentException.ThrowIfNullOrEmpty(id);
        var folder = Path.Combine(tokenizersFolder, id);
        return KnownEncoding.All.TryGetValue(id, out var known) ? known.Read(folder) : Load(folder);
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
