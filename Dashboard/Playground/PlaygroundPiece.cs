using System.Globalization;
using Platform.Contracts.Inference.V1;

namespace Platform.Dashboard.Playground;

/// <summary>A few characters of a generated text and how likely their tokens were.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Scores">Their tokens'; empty where none came with them.</param>
internal sealed record PlaygroundPiece(string Text, IReadOnlyList<TokenLogprob> Scores)
{
    /// <summary>The probability of the tokens together, 0 to 1, for a style sheet.</summary>
    public string Share => Math.Exp(Scores.Sum(score => score.Logprob)).ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>What hovering over it tells.</summary>
    public string Title => string.Join("\n", Scores.Select(Describe));

    private static string Describe(TokenLogprob score)
    {
        var lines = score.Top.Select(top => $"   {Percent(top.Logprob)}  {Name(top.Token)}");
        return string.Join("\n", lines.Prepend($"{Name(score.Token)}: {Percent(score.Logprob)}, token {score.TokenId}"));
    }

    private static string Percent(double logprob) => (100 * Math.Exp(logprob)).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private static string Name(Google.Protobuf.ByteString token) =>
        "“" + token.ToStringUtf8().Replace("\n", "\\n", StringComparison.Ordinal) + "”";
}
