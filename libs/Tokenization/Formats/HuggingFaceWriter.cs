using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Formats;

/// <summary>Writes Hugging Face's <c>tokenizer.json</c> and the files beside it.</summary>
internal static class HuggingFaceWriter
{
    private static readonly JsonWriterOptions s_json = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether the older pair of files says all there is: GPT-2's pattern, which it implies, and whole pieces
    /// not taken before merging.</summary>
    public static bool FitsPair(TextTokenizer tokenizer) =>
        tokenizer is BpeTokenizer { Model.WholePieces: false } bpe && bpe.Pattern == PretokenizerPattern.Gpt2;

    /// <summary>Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
    public static void Write(TextTokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        WriteDefinition(tokenizer, Path.Combine(folder, "tokenizer.json"));
        WriteFile(Path.Combine(folder, "tokenizer_config.json"), json => WriteConfig(json, tokenizer));
    }

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    public static void WritePair(TextTokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        var bpe = (BpeTokenizer)tokenizer;
        WriteFile(Path.Combine(folder, "vocab.json"), json => WriteVocab(json, tokenizer));
        WriteBeside(Path.Combine(folder, "merges.txt"), stream =>
        {
            using var merges = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            merges.WriteLine("#version: 0.2");
            foreach (var merge in bpe.Model.Merges)
                merges.WriteLine(MergeText(tokenizer, merge));
        });
    }

    /// <summary>Writes <c>tokenizer.json</c> alone.</summary>
    public static void WriteDefinition(TextTokenizer tokenizer, string path) =>
        WriteFile(path, json => WriteTokenizer(json, tokenizer));

    private static void WriteTokenizer(Utf8JsonWriter json, TextTokenizer tokenizer)
    {
        var bpe = tokenizer as BpeTokenizer;
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var (text, id) in tokenizer.SpecialTokens.OrderBy(special => special.Value))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", text);
            foreach (var name in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip", "normalized"])
                json.WriteBoolean(name, false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("normalizer");
        WritePretokenizer(json, bpe?.Pattern);
        json.WriteNull("post_processor");
        json.WriteStartObject("decoder");
        if (bpe is null)
        {
            json.WriteString("type", "Fuse");
        }
        else
        {
            WriteByteLevel(json, useRegex: true);
        }

        json.WriteEndObject();
        WriteModel(json, tokenizer, bpe);
        json.WriteEndObject();
    }

    private static void WritePretokenizer(Utf8JsonWriter json, PretokenizerPattern? pattern)
    {
        if (pattern is null)
        {
            json.WriteNull("pre_tokenizer");
            return;
        }

        json.WriteStartObject("pre_tokenizer");
        if (pattern == PretokenizerPattern.Gpt2)
        {
            WriteByteLevel(json, useRegex: true);
        }
        else
        {
            json.WriteString("type", "Sequence");
            json.WriteStartArray("pretokenizers");
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", pattern.Regex);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
            json.WriteStartObject();
            WriteByteLevel(json, useRegex: false);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
    }

    private static void WriteModel(Utf8JsonWriter json, TextTokenizer tokenizer, BpeTokenizer? bpe)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var name in (ReadOnlySpan<string>)
            ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            json.WriteNull(name);
        }

        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", bpe?.Model.WholePieces ?? false);
        json.WritePropertyName("vocab");
        WriteVocab(json, tokenizer);
        json.WriteStartArray("merges");
        foreach (var merge in bpe?.Model.Merges ?? [])
            json.WriteStringValue(MergeText(tokenizer, merge));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteVocab(Utf8JsonWriter json, TextTokenizer tokenizer)
    {
        json.WriteStartObject();
        var byteLevel = tokenizer.Algorithm == TokenizerAlgorithm.ByteLevelBpe;
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            var bytes = tokenizer.TokenBytes(id);
            if (bytes.IsEmpty)
                continue;
            var isText = !byteLevel || tokenizer.IsSpecial(id);
            json.WriteNumber(isText ? Encoding.UTF8.GetString(bytes) : Gpt2Bytes.ToText(bytes), id);
        }

        json.WriteEndObject();
    }

    private static void WriteConfig(Utf8JsonWriter json, TextTokenizer tokenizer)
    {
        json.WriteStartObject();
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        if (tokenizer.EndOfText is { } end)
        {
            var text = Encoding.UTF8.GetString(tokenizer.TokenBytes(end));
            json.WriteString("bos_token", text);
            json.WriteString("eos_token", text);
            json.WriteString("unk_token", text);
        }

        json.WriteEndObject();
    }

    private static string MergeText(TextTokenizer tokenizer, Merge merge) =>
        Gpt2Bytes.ToText(tokenizer.TokenBytes(merge.Left)) + " " + Gpt2Bytes.ToText(tokenizer.TokenBytes(merge.Right));

    /// <summary>Writes one JSON file.</summary>
    public static void WriteFile(string path, Action<Utf8JsonWriter> write) => WriteBeside(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, s_json);
        write(json);
    });

    /// <summary>Writes under a hidden name, flushes and renames, so that no reader meets half a file.</summary>
    public static void WriteBeside(string path, Action<Stream> write)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetRandomFileName()}");
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
