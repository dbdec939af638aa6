using System.Text.Json;

namespace Platform.Tokenization.Formats;

/// <summary>Writes a <c>.tiktoken</c> file, and beside it <c>tiktoken.json</c> with the pattern and the special tokens,
/// which that format leaves to the program that reads it.</summary>
internal static class TiktokenWriter
{
    public const string RankFile = "tokenizer.tiktoken";
    public const string SettingsFile = "tiktoken.json";

    public static void Write(BpeTokenizer tokenizer, string folder)
    {
        Check(tokenizer);
        Directory.CreateDirectory(folder);
        HuggingFaceWriter.WriteBeside(Path.Combine(folder, RankFile), stream =>
        {
            using var ranks = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            for (var id = 0; id < tokenizer.VocabularySize; id++)
            {
                if (tokenizer.IsToken(id) && !tokenizer.IsSpecial(id))
                    ranks.WriteLine($"{Convert.ToBase64String(tokenizer.TokenBytes(id))} {id}");
            }
        });
        HuggingFaceWriter.WriteFile(Path.Combine(folder, SettingsFile), json =>
        {
            json.WriteStartObject();
            json.WriteString("pat_str", tokenizer.Pattern.Regex);
            json.WriteStartObject("special_tokens");
            foreach (var (text, id) in tokenizer.SpecialTokens.OrderBy(special => special.Value))
                json.WriteNumber(text, id);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>The pattern and the special tokens that stand beside a rank file.</summary>
    /// <exception cref="TokenizerFormatException">They are damaged.</exception>
    public static (PretokenizerPattern Pattern, IReadOnlyDictionary<string, int> Specials) ReadSettings(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var specials = document.RootElement.GetProperty("special_tokens").Deserialize<Dictionary<string, int>>();
            return (PretokenizerPattern.Parse(document.RootElement.GetProperty("pat_str").GetString()!), specials!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new TokenizerFormatException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>tiktoken merges by ranks alone, which are the ids, and takes a piece that is a token whole. That is the
    /// same tokenizer where ids follow the order of the merges and every token encodes to itself.</summary>
    private static void Check(BpeTokenizer tokenizer)
    {
        if (tokenizer.Model.WholePieces)
        {
            // Made from ranks: every merge's rank is its token's id.
            if (tokenizer.Model.Merges.All(merge => merge.Rank == merge.Merged))
                return;
        }

        var last = -1;
        foreach (var merge in tokenizer.Model.Merges)
        {
            if (merge.Merged <= last)
                throw Refusal("its ids are not in the order of its merges");
            last = merge.Merged;
        }

        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (!tokenizer.IsToken(id) || tokenizer.IsSpecial(id))
                continue;
            var ids = tokenizer.EncodePiece(tokenizer.TokenBytes(id));
            if (ids.Length != 1 || ids[0] != id)
                throw Refusal($"its token {id} is not what its own bytes merge to");
        }

        if (Enumerable.Range(0, 256).Any(value => tokenizer.ByteIds[value] < 0))
            throw Refusal("it lacks some single bytes");
    }

    private static TokenizerFormatException Refusal(string why) =>
        new($"This tokenizer cannot be said by ranks alone: {why}. Export it as tokenizer.json.");
}
