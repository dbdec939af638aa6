using System.Text;
using System.Text.Json;

namespace Platform.Tokenization.Formats;

/// <summary>Reads Hugging Face's <c>tokenizer.json</c>: byte-level BPE, and character level (a BPE without merges or
/// pre-tokenizer).</summary>
internal static class HuggingFaceReader
{
    public static TextTokenizer Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or TokenizerFormatException)
        {
            throw new TokenizerFormatException($"{path}: {e.Message}", e);
        }
    }

    private static TextTokenizer Read(JsonElement root)
    {
        var model = root.GetProperty("model");
        var type = Text(model, "type") ?? "BPE";
        Require(type == "BPE", $"the model is of the type {type}; only BPE is supported");
        RequireNothing(root, "normalizer");
        RequireNothing(model, "dropout");
        foreach (var name in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            Require(string.IsNullOrEmpty(Text(model, name)), $"model.{name} is not supported");

        var ids = new Dictionary<string, int>();
        foreach (var entry in model.GetProperty("vocab").EnumerateObject())
            ids[entry.Name] = entry.Value.GetInt32();
        var specials = new Dictionary<string, int>();
        if (root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (var token in added.EnumerateArray())
                specials[token.GetProperty("content").GetString()!] = token.GetProperty("id").GetInt32();
        }

        var merges = ReadMerges(model);
        var pattern = ReadPattern(root);
        if (pattern is null)
        {
            Require(merges.Count == 0, "there are merges but no byte-level pre-tokenizer; only byte-level BPE is "
                + "supported");
            return new CharacterTokenizer(
                VocabularyBuilder.Build(ids, specials, text => Encoding.UTF8.GetBytes(text)),
                new SpecialTokenTable(specials));
        }

        var wholePieces = model.TryGetProperty("ignore_merges", out var ignore)
            && ignore.ValueKind == JsonValueKind.True;
        return VocabularyBuilder.BuildBpe(ids, specials, merges, wholePieces, pattern);
    }

    private static List<(string Left, string Right)> ReadMerges(JsonElement model)
    {
        var merges = new List<(string, string)>();
        foreach (var merge in model.GetProperty("merges").EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.Array)
            {
                Require(merge.GetArrayLength() == 2, $"merge {merges.Count} has not two parts");
                merges.Add((merge[0].GetString()!, merge[1].GetString()!));
            }
            else
            {
                merges.Add(MergesFile.Split(merge.GetString()!, $"merge {merges.Count}"));
            }
        }

        return merges;
    }

    private static PretokenizerPattern? ReadPattern(JsonElement root)
    {
        if (!root.TryGetProperty("pre_tokenizer", out var pretokenizer) || pretokenizer.ValueKind == JsonValueKind.Null)
            return null;
        if (Text(pretokenizer, "type") != "Sequence")
        {
            Require(ReadByteLevel(pretokenizer), "pre_tokenizer: a ByteLevel with use_regex false needs a Split");
            return PretokenizerPattern.Gpt2;
        }

        var parts = pretokenizer.GetProperty("pretokenizers");
        Require(parts.GetArrayLength() == 2 && Text(parts[0], "type") == "Split",
            "pre_tokenizer: a Sequence is supported where it is a Split and a ByteLevel");
        Require(!ReadByteLevel(parts[1]), "pre_tokenizer: ByteLevel after a Split must have use_regex false");
        var source = parts[0].GetProperty("pattern");
        Require(source.TryGetProperty("Regex", out var regex), "pre_tokenizer: Split without a Regex");
        var pattern = PretokenizerPattern.Parse(regex.GetString()!);
        var behavior = Text(parts[0], "behavior");
        var invert = parts[0].TryGetProperty("invert", out var value) && value.ValueKind == JsonValueKind.True;
        // A known pattern matches all text, so removing what does not match removes nothing.
        Require(behavior == "Isolated" && !invert || behavior == "Removed" && invert && pattern.Name is not null,
            $"pre_tokenizer: Split with the behavior {behavior} is not supported");
        return pattern;
    }

    /// <summary>Whether the ByteLevel splits by GPT-2's pattern.</summary>
    private static bool ReadByteLevel(JsonElement part)
    {
        Require(Text(part, "type") == "ByteLevel", $"pre_tokenizer: {Text(part, "type")} is not supported");
        Require(!part.TryGetProperty("add_prefix_space", out var prefix) || prefix.ValueKind != JsonValueKind.True,
            "pre_tokenizer: add_prefix_space is not supported");
        return !part.TryGetProperty("use_regex", out var regex) || regex.ValueKind != JsonValueKind.False;
    }

    private static void RequireNothing(JsonElement element, string name) =>
        Require(!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null,
            $"{name} is not supported");

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    private static void Require(bool condition, string error)
    {
        if (!condition)
            throw new TokenizerFormatException(error + ".");
    }
}
