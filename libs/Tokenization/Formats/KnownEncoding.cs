using System.Security.Cryptography;

namespace Platform.Tokenization.Formats;

/// <summary>OpenAI's encodings, which have built-in names here. Their ranks come with this program; files in the folder
/// of that name go before them. Either is checked by SHA-256.</summary>
/// <param name="Name">Its name here.</param>
/// <param name="Pattern">How it cuts text.</param>
/// <param name="Specials">Special tokens and their ids.</param>
/// <param name="Ranks">Ordinary tokens: 256 bytes and the merges.</param>
/// <param name="RankFile">The name of its <c>.tiktoken</c> file.</param>
/// <param name="RankSha256">That file's SHA-256.</param>
internal sealed record KnownEncoding(
    string Name, PretokenizerPattern Pattern, IReadOnlyDictionary<string, int> Specials, int Ranks, string RankFile,
    string RankSha256)
{
    private const string VocabSha256 = "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783";
    private const string MergesSha256 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5";

    private static readonly KnownEncoding s_gpt2 = new(
        "gpt2", PretokenizerPattern.Gpt2, new Dictionary<string, int> { ["<|endoftext|>"] = 50256 }, 50256,
        "r50k_base.tiktoken", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930");

    /// <summary>Every one, by its name.</summary>
    public static IReadOnlyDictionary<string, KnownEncoding> All { get; } = new[]
    {
        s_gpt2,
        // GPT-2's under the name that OpenAI gave it later: the same tokens, ids and files.
        s_gpt2 with { Name = "r50k" },
        new KnownEncoding("cl100k", PretokenizerPattern.Cl100k, new Dictionary<string, int>
        {
            ["<|endoftext|>"] = 100257,
            ["<|fim_prefix|>"] = 100258,
            ["<|fim_middle|>"] = 100259,
            ["<|fim_suffix|>"] = 100260,
            ["<|endofprompt|>"] = 100276,
        }, 100256, "cl100k_base.tiktoken", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
        new KnownEncoding("o200k", PretokenizerPattern.O200k, new Dictionary<string, int>
        {
            ["<|endoftext|>"] = 199999,
            ["<|endofprompt|>"] = 200018,
        }, 199998, "o200k_base.tiktoken", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    }.ToDictionary(encoding => encoding.Name);

    private bool IsGpt2 => RankFile == s_gpt2.RankFile;

    /// <summary>The encoding whose rank file has this content; null where it is none.</summary>
    public static KnownEncoding? OfRankFile(string path)
    {
        var hash = Sha256Of(path);
        return All.Values.FirstOrDefault(encoding => encoding.RankSha256 == hash);
    }

    /// <summary>Reads the encoding from its files in the folder that holds all tokenizers, else from this program.
    /// </summary>
    /// <exception cref="TokenizerFormatException">They are others.</exception>
    public BpeTokenizer Read(string tokenizersFolder)
    {
        var folder = FindFolder(tokenizersFolder);
        if (folder is null)
            return TiktokenFile.Read(Checked(PackagedRanks.Read(RankFile)), RankFile, Pattern, Specials);

        if (IsGpt2 && MergesFile.FindPair(folder) is var (vocab, merges))
        {
            CheckHash(vocab, VocabSha256);
            CheckHash(merges, MergesSha256);
            return MergesFile.Read(vocab, merges, PretokenizerPattern.Gpt2);
        }

        var ranks = Path.Combine(folder, RankFile);
        CheckHash(ranks, RankSha256);
        return TiktokenFile.Read(ranks, Pattern, Specials);
    }

    /// <summary>The folder with the encoding's files; null where there is none.</summary>
    private string? FindFolder(string tokenizersFolder)
    {
        foreach (var name in IsGpt2 ? [Name, .. All.Values.Where(e => e.IsGpt2).Select(e => e.Name)] : (string[])[Name])
        {
            var folder = Path.Combine(tokenizersFolder, name);
            if (File.Exists(Path.Combine(folder, RankFile)) || IsGpt2 && MergesFile.FindPair(folder) is not null)
                return folder;
        }

        return null;
    }

    /// <summary>Copies the encoding's own files into a folder, checked by their SHA-256.</summary>
    /// <exception cref="TokenizerFormatException">There are none among the given ones.</exception>
    public void CopyFiles(IReadOnlyList<string> files, string folder)
    {
        var wanted = new Dictionary<string, string> { [RankSha256] = RankFile };
        if (IsGpt2)
            (wanted[VocabSha256], wanted[MergesSha256]) = ("vocab.json", "merges.txt");
        var found = files.Select(file => (Path: file, Name: wanted.GetValueOrDefault(Sha256Of(file))))
            .Where(file => file.Name is not null).ToList();
        if (found.Count == 0 || found.Count == 1 && found[0].Name != RankFile)
        {
            throw new TokenizerFormatException(
                $"These are not the files of {Name} by their SHA-256. It needs {WantedFiles()}.");
        }

        foreach (var (path, name) in found)
            File.Copy(path, Path.Combine(folder, name!), overwrite: true);
    }

    private string WantedFiles() =>
        (IsGpt2 ? "vocab.json and merges.txt, or encoder.json and vocab.bpe, or " : "") + RankFile;

    private byte[] Checked(byte[] ranks) => Convert.ToHexStringLower(SHA256.HashData(ranks)) == RankSha256
        ? ranks
        : throw new TokenizerFormatException($"The ranks of {Name} that came with this program are damaged.");

    private void CheckHash(string path, string expected)
    {
        var hash = Sha256Of(path);
        if (hash != expected)
        {
            throw new TokenizerFormatException(
                $"{path} is not the file of {Name}: its SHA-256 is {hash}, not {expected}.");
        }
    }

    private static string Sha256Of(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
