using System.Text;
using Platform.Cli.Output;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary>Texts that are named in a command: files here, or inputs of the suite.</summary>
internal static class LocalTexts
{
    // A message takes 16 MiB; the rest of it is small.
    private const long MaxTextBytes = 15 << 20;

    /// <summary>References as they are; files here with their text.</summary>
    /// <exception cref="SpecException">A file is not there, is not UTF-8, or they are too large together.</exception>
    public static async Task<List<ComparisonText>> ReadAsync(string[] names, CancellationToken cancellationToken)
    {
        var texts = new List<ComparisonText>();
        var room = MaxTextBytes;
        foreach (var name in names)
        {
            if (Uploads.IsReference(name))
            {
                texts.Add(new ComparisonText { Input = name });
                continue;
            }

            if (!File.Exists(name))
                throw new SpecException($"There is no file '{name}' here.");
            if ((room -= new FileInfo(name).Length) < 0)
            {
                throw new SpecException(
                    $"The files have more than {Figures.Bytes(MaxTextBytes)} together; "
                    + "upload them and name uploads/ID.");
            }

            var bytes = await File.ReadAllBytesAsync(name, cancellationToken);
            texts.Add(new ComparisonText { Name = Path.GetFileName(name), Text = Decode(name, bytes) });
        }

        return texts;
    }

    private static string Decode(string name, byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
                bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(3) : bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new SpecException($"'{name}' is not UTF-8: byte {e.Index + 1} and those after it.");
        }
    }
}
