using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace Platform.Tokenization.Formats;

/// <summary>Rank files that come as NuGet packages of Microsoft.ML.Tokenizers: tokens in the order of their ranks, one
/// a line in base64, after a line with their number, deflated.</summary>
internal static class PackagedRanks
{
    private static readonly Dictionary<string, string> s_assemblies = new()
    {
        ["cl100k_base.tiktoken"] = "Microsoft.ML.Tokenizers.Data.Cl100kBase",
        ["o200k_base.tiktoken"] = "Microsoft.ML.Tokenizers.Data.O200kBase",
        ["r50k_base.tiktoken"] = "Microsoft.ML.Tokenizers.Data.R50kBase",
    };

    /// <summary>A file as OpenAI has it, to be checked by its hash.</summary>
    public static byte[] Read(string rankFile)
    {
        var assembly = s_assemblies[rankFile];
        using var packed = Assembly.Load(assembly).GetManifestResourceStream(rankFile + ".deflate")
            ?? throw new TokenizerFormatException($"{assembly} has no {rankFile}.");
        using var reader = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress), Encoding.ASCII);
        reader.ReadLine();
        var ranks = new MemoryStream();
        using (var writer = new StreamWriter(ranks, Encoding.ASCII, leaveOpen: true) { NewLine = "\n" })
        {
            for (var rank = 0; reader.ReadLine() is { } token; rank++)
                writer.WriteLine($"{token} {rank}");
        }

        return ranks.ToArray();
    }
}
