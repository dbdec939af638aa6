using System.Globalization;
using System.Text.RegularExpressions;

namespace Platform.Tokenization.Tests;

/// <summary>What docs/tokenization.md says that GPT-2's tokenizer prints.</summary>
public sealed partial class DocumentationTests
{
    // Guards against outputs in the document that are of an earlier state, or written by hand.
    [Fact]
    public void Tokenization_EncodeCommands_PrintWhatTheDocumentShows()
    {
        var tokenizer = TestTokenizers.Gpt2();
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "tokenization.md"));
        var commands = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (Command().Match(lines[i]) is not { Success: true } command)
                continue;
            commands++;
            var shown = lines.Skip(i + 1).TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal)
                && !line.StartsWith("$ ", StringComparison.Ordinal)).ToList();
            var tokens = tokenizer.Encode(
                command.Groups["text"].Value,
                command.Groups["special"].Success ? SpecialTokenHandling.Allowed : SpecialTokenHandling.AsText);
            if (!command.Groups["pieces"].Success)
            {
                Assert.Equal(string.Join(' ', tokens), Assert.Single(shown));
                continue;
            }

            // The id is the first word of a line, and the bytes are the third.
            Assert.Equal(
                tokens.Select(id => (id, Convert.ToHexStringLower(tokenizer.TokenBytes(id)))),
                shown.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(words => (int.Parse(words[0], CultureInfo.InvariantCulture), words[2])));
        }

        Assert.True(commands >= 7, $"The document has {commands} such commands.");
    }

    [GeneratedRegex(
        """^\$ platform tokenizer encode gpt2 --text "(?<text>.*)"(?<special> --allow-special)?"""
        + "(?<pieces> --pieces)?$")]
    private static partial Regex Command();
}
