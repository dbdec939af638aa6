using System.Security.Cryptography;

namespace Platform.Tokenization.Formats;

/// <summary>OpenAI's encodings, which have built-in names here; their files are looked for in the folder of that
/// name and checked by SHA-256.</summary>
internal sealed record KnownEncoding(
    string Name, PretokenizerPattern Pattern, IReadOnlyDictionary<string, int> Specials, string RankFile,
    string RankSha256)
{
    private const string VocabSha256 = "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783";
    private const string MergesSha256 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5";

    private static readonly KnownEncoding s_gpt2 = new(
        "gpt2", PretokenizerPattern.Gpt2, new Dictionary<string, int> { ["<|endoftext|>"] = 50256 },
        "r50k_base.tiktoken", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930");

    /// <summary>Every one, by its name.</summary>
    public static IReadOnlyDictionary<string, KnownEncoding> All { get; } = new[]
    {
        s_gpt2,
        new KnownEncoding("cl100k", PretokenizerPattern.Cl100k, new Dictionary<string, int>
        {
            ["<|endoftext|>"] = 100257,
            ["<|fim_prefix|>"] = 100258,
            ["<|fim_middle|>"] = 100259,
            ["<|fim_suffix|>"] = 100260,
            ["<|endofprompt|>"] = 100276,
        }, "cl100k_base.tiktoken", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
        new KnownEncoding("o200k", PretokenizerPattern.O200k, new Dictionary<string, int>
        {
            ["<|endoftext|>"] = 199999,
            ["<|endofprompt|>"] = 200018,
        }, "o200k_base.tiktoken", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    }.ToDictionary(encoding => encoding.Name);

    /// <summary>Reads the encoding from the files of a folder.</summary>
    /// <exception cref="TokenizerFilesMissingException">They are not there.</exception>
    /// <exception cref="TokenizerFormatException">They are others.</exception>
    public BpeTokenizer Read(string folder)
    {
        if (this == s_gpt2)
        {
            foreach (var (vocabName, mergesName) in (ReadOnlySpan<(string, string)>)
                [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")])
            {
                var (vocab, merges) = (Path.Combine(folder, vocabName), Path.Combine(folder, mergesName));
                if (!File.Exists(vocab) || !File.Exists(merges))
                    continue;
                CheckHash(vocab, VocabSha256);
                CheckHash(merges, MergesSha256);
                return MergesFile.Read(vocab, merges);
            }
        }

        var ranks = Path.Combine(folder, RankFile);
        if (!File.Exists(ranks))
        {
            var also = this == s_gpt2 ? "vocab.json and merges.txt, or encoder.json and vocab.bpe, or " : "";
            throw new TokenizerFilesMissingException(
                $"The tokenizer {Name} needs its files in {folder}: {also}{RankFile}. Download them there.");
        }

        CheckHash(ranks, RankSha256);
        return TiktokenFile.Read(ranks, Pattern, Specials);
    }

    private void CheckHash(string path, string expected)
    {
        using var stream = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (hash != expected)
        {
            throw new TokenizerFormatException(
                $"{path} is not the file of {Name}: its SHA-256 is {hash}, not {expected}.");
        }
    }
}
