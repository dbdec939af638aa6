namespace Platform.Tokenization.Formats;

/// <summary>The byte-level BPE inside a GGUF file: <c>tokenizer.ggml.*</c> with the model gpt2.</summary>
internal static class GgufVocabulary
{
    // llama.cpp's token types.
    private const long Control = 3;
    private const long UserDefined = 4;
    private const long Unused = 5;

    // llama.cpp's names of pre-tokenizers, as far as they are patterns that have a name here too.
    private static readonly Dictionary<string, (PretokenizerPattern Pattern, bool WholePieces)> s_patterns = new()
    {
        ["gpt-2"] = (PretokenizerPattern.Gpt2, false),
        ["phi-2"] = (PretokenizerPattern.Gpt2, false),
        ["mpt"] = (PretokenizerPattern.Gpt2, false),
        ["olmo"] = (PretokenizerPattern.Gpt2, false),
        ["llama-bpe"] = (PretokenizerPattern.Cl100k, true),
        ["llama3"] = (PretokenizerPattern.Cl100k, true),
        ["llama-v3"] = (PretokenizerPattern.Cl100k, true),
        ["gpt-4o"] = (PretokenizerPattern.O200k, false),
    };

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pattern">Used in place of the one that the file names; null: that one.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged, or its tokenizer of another kind.</exception>
    public static BpeTokenizer Read(string path, PretokenizerPattern? pattern)
    {
        var metadata = GgufMetadata.Read(path);
        try
        {
            return Build(metadata, pattern);
        }
        catch (TokenizerFormatException e)
        {
            throw new TokenizerFormatException($"{path}: {e.Message}", e);
        }
    }

    private static BpeTokenizer Build(GgufMetadata metadata, PretokenizerPattern? pattern)
    {
        var model = metadata.Text("tokenizer.ggml.model");
        if (model != "gpt2")
        {
            throw new TokenizerFormatException(
                $"tokenizer.ggml.model is {model ?? "missing"}; only gpt2 (byte-level BPE) can be read.");
        }

        var tokens = metadata.Texts("tokenizer.ggml.tokens")
            ?? throw new TokenizerFormatException("tokenizer.ggml.tokens is missing.");
        var merges = metadata.Texts("tokenizer.ggml.merges")
            ?? throw new TokenizerFormatException("tokenizer.ggml.merges is missing.");
        var types = metadata.Numbers("tokenizer.ggml.token_type");
        if (types is not null && types.Count != tokens.Count)
            throw new TokenizerFormatException($"There are {tokens.Count} tokens and {types.Count} token types.");

        var wholePieces = false;
        var pre = metadata.Text("tokenizer.ggml.pre") ?? "gpt-2";
        if (s_patterns.TryGetValue(pre, out var known))
            (pattern, wholePieces) = (pattern ?? known.Pattern, known.WholePieces);
        else if (pattern is null)
            throw new TokenizerFormatException($"The pre-tokenizer {pre} is not known here; name its pattern.");

        var ids = new Dictionary<string, int>();
        var specials = new Dictionary<string, int>();
        for (var id = 0; id < tokens.Count; id++)
        {
            var type = types?[id] ?? 1;
            // Padding: an id that no text encodes to and that is never decoded.
            if (type == Unused)
                continue;
            if (!(type is Control or UserDefined ? specials : ids).TryAdd(tokens[id], id))
                throw new TokenizerFormatException($"The token {tokens[id]} is there twice, the second time as {id}.");
        }

        var pairs = merges.Select((merge, index) => MergesFile.Split(merge, $"merge {index}")).ToList();
        return VocabularyBuilder.BuildBpe(ids, specials, pairs, wholePieces, pattern);
    }
}
