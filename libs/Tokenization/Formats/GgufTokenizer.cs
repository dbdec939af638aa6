using System.Text;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Formats;

/// <summary>A tokenizer as the entries that llama.cpp reads from a GGUF file.</summary>
public static class GgufTokenizer
{
    private const int Normal = 1;
    private const int Control = 3;
    private const int Unused = 5;

    /// <summary>Keys and values (int, string, int[] or string[]) for a model with so many ids.</summary>
    /// <param name="tokenizer">Byte-level BPE with GPT-2's or o200k's pattern.</param>
    /// <param name="vocabularySize">At least the tokenizer's; ids beyond it are declared unused.</param>
    /// <exception cref="NotSupportedException">The format has no words for this tokenizer.</exception>
    public static IReadOnlyList<(string Key, object Value)> Describe(TextTokenizer tokenizer, int vocabularySize)
    {
        if (tokenizer is not BpeTokenizer bpe)
            throw new NotSupportedException("GGUF describes byte-level BPE; this tokenizer is of another kind.");
        var pattern = bpe.Pattern == PretokenizerPattern.Gpt2 ? "gpt-2"
            : bpe.Pattern == PretokenizerPattern.O200k ? "gpt-4o"
            : throw new NotSupportedException("GGUF has no name for this tokenizer's pattern.");
        var texts = new string[vocabularySize];
        var types = new int[vocabularySize];
        for (var id = 0; id < vocabularySize; id++)
        {
            var known = id < tokenizer.VocabularySize && tokenizer.IsToken(id);
            types[id] = !known ? Unused : tokenizer.IsSpecial(id) ? Control : Normal;
            texts[id] = !known ? $"<unused{id}>"
                : tokenizer.IsSpecial(id) ? Encoding.UTF8.GetString(tokenizer.TokenBytes(id))
                : Gpt2Bytes.ToText(tokenizer.TokenBytes(id));
        }

        var merges = bpe.Model.Merges.Select(merge => $"{texts[merge.Left]} {texts[merge.Right]}").ToArray();
        var entries = new List<(string Key, object Value)>
        {
            ("tokenizer.ggml.model", "gpt2"),
            ("tokenizer.ggml.pre", pattern),
            ("tokenizer.ggml.tokens", texts),
            ("tokenizer.ggml.token_type", types),
            ("tokenizer.ggml.merges", merges),
        };
        if (tokenizer.EndOfText is { } end)
        {
            entries.Add(("tokenizer.ggml.bos_token_id", end));
            entries.Add(("tokenizer.ggml.eos_token_id", end));
        }

        return entries;
    }
}
