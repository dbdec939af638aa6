using System.Globalization;
using Google.Protobuf;
using Platform.Contracts.Inference.V1;

namespace Platform.Dashboard.Playground;

/// <summary>A few characters of a generated text and how likely their tokens were.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Scores">Their tokens'; empty where none came with them.</param>
/// <param name="First">The place of the first of these tokens in the text.</param>
internal sealed record PlaygroundPiece(string Text, IReadOnlyList<TokenLogprob> Scores, int First)
{
    /// <summary>The probability of the tokens together, 0 to 1, for a style sheet.</summary>
    public string Share => Math.Exp(Scores.Sum(score => score.Logprob)).ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>Whether a place is among this piece's tokens.</summary>
    /// <param name="place">The place.</param>
    public bool Has(int place) => place >= First && place < First + Scores.Count;

    /// <summary>
    /// What hovering over it tells: its tokens, and what another model held likely in the same place.
    /// </summary>
    /// <param name="other">Another model's text; null: none.</param>
    /// <param name="parting">The first place at which the two texts differ.</param>
    public string Title(PlaygroundText? other, int parting) =>
        string.Join("\n", Scores.Select((score, i) => Describe(score, other, First + i, parting)));

    private static string Describe(TokenLogprob score, PlaygroundText? other, int place, int parting)
    {
        List<string> lines =
        [
            $"{Name(score.Token)}: {Percent(score.Logprob)}, token {score.TokenId}",
            .. score.Top.Select(top => $"   {Percent(top.Logprob)}  {Name(top.Token)}"),
        ];

        // Behind the parting the two models have read different texts.
        if (other is not null && place <= parting && place < other.Scores.Count)
        {
            if (place == parting)
                lines.Insert(0, "Here the two texts part.");
            var theirs = other.Scores[place];
            lines.Add($"{other.Model}: {Name(theirs.Token)}, {Percent(theirs.Logprob)}");
            lines.AddRange(theirs.Top.Select(top => $"   {Percent(top.Logprob)}  {Name(top.Token)}"));
        }

        return string.Join("\n", lines);
    }

    private static string Percent(double logprob) =>
        (100 * Math.Exp(logprob)).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private static string Name(ByteString token) =>
        "“" + token.ToStringUtf8().Replace("\n", "\\n", StringComparison.Ordinal) + "”";
}
