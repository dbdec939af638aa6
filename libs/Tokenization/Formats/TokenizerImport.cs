namespace Platform.Tokenization.Formats;

/// <summary>Finds out which format files have, and reads them.</summary>
internal static class TokenizerImport
{
    private const string Supported =
        "tokenizer.json, vocab.json and merges.txt (or encoder.json and vocab.bpe), a .tiktoken file, or a .gguf file";

    public static TextTokenizer Read(IReadOnlyList<string> paths, TokenizerImportOptions options)
    {
        var files = Expand(paths);
        // In a folder with several, the one that says most.
        if (files.FirstOrDefault(file => Path.GetFileName(file) == "tokenizer.json") is { } definition)
            return ReadDefinition(definition, options);
        var vocab = files.FirstOrDefault(file => MergesFile.IsVocab(Path.GetFileName(file)) is true);
        var merges = files.FirstOrDefault(file => MergesFile.IsVocab(Path.GetFileName(file)) is false);
        if (vocab is not null && merges is not null)
        {
            RequireNone(options.SpecialTokens, "special tokens", vocab);
            return MergesFile.Read(vocab, merges, options.Pattern ?? PretokenizerPattern.Gpt2);
        }

        if (files.FirstOrDefault(file => HasExtension(file, ".tiktoken")) is { } ranks)
            return ReadRanks(ranks, files, options);
        if (files.FirstOrDefault(file => HasExtension(file, ".gguf")) is { } gguf)
        {
            RequireNone(options.SpecialTokens, "special tokens", gguf);
            return GgufVocabulary.Read(gguf, options.Pattern);
        }

        // A single JSON file under a name of its own.
        if (files is [var only] && HasExtension(only, ".json"))
            return ReadDefinition(only, options);
        throw new TokenizerFilesMissingException(
            $"There is no tokenizer in {string.Join(", ", paths)}: what can be read is {Supported}.");
    }

    /// <summary>The files themselves and those in folders.</summary>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> paths) =>
    [
        .. paths.SelectMany(IEnumerable<string> (path) =>
            Directory.Exists(path) ? Directory.EnumerateFiles(path).Order() : [path]),
    ];

    private static TextTokenizer ReadDefinition(string path, TokenizerImportOptions options)
    {
        RequireNone(options.Pattern, "pattern", path);
        RequireNone(options.SpecialTokens, "special tokens", path);
        return HuggingFaceReader.Read(path);
    }

    private static BpeTokenizer ReadRanks(string ranks, IReadOnlyList<string> files, TokenizerImportOptions options)
    {
        var (pattern, specials) = (options.Pattern, options.SpecialTokens);
        if (KnownEncoding.OfRankFile(ranks) is { } known)
            (pattern, specials) = (pattern ?? known.Pattern, specials ?? known.Specials);
        else if (files.FirstOrDefault(file => Path.GetFileName(file) == TiktokenWriter.SettingsFile) is { } settings)
        {
            var (foundPattern, foundSpecials) = TiktokenWriter.ReadSettings(settings);
            (pattern, specials) = (pattern ?? foundPattern, specials ?? foundSpecials);
        }

        return pattern is not null
            ? TiktokenFile.Read(ranks, pattern, specials ?? new Dictionary<string, int>())
            : throw new TokenizerFormatException(
                $"{ranks} is none of OpenAI's files, and a .tiktoken file does not say its pattern: name it, or give "
                + $"{TiktokenWriter.SettingsFile} too.");
    }

    private static bool HasExtension(string path, string extension) =>
        Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase);

    private static void RequireNone(object? value, string what, string path)
    {
        if (value is not null)
            throw new TokenizerFormatException($"{Path.GetFileName(path)} says its {what} itself; give none.");
    }
}
