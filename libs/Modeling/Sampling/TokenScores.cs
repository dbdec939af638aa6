namespace Platform.Modeling;

/// <summary>A token's score and those of the likeliest tokens in its place.</summary>
/// <param name="Token">The token.</param>
/// <param name="Top">The likeliest, the best first; of equal ones the smaller id first.</param>
public sealed record TokenScores(TokenScore Token, IReadOnlyList<TokenScore> Top)
{
    /// <summary>Scores a token by the logits of its place.</summary>
    /// <param name="logits">The real vocabulary's.</param>
    /// <param name="id">The token.</param>
    /// <param name="topCount">How many of the likeliest.</param>
    public static TokenScores Of(ReadOnlySpan<float> logits, int id, int topCount)
    {
        double max = SoftmaxSums.Max(logits);
        var normaliser = max + Math.Log(SoftmaxSums.SumExp(logits, max));
        var top = topCount == 0 ? [] : Sampler.TopK(logits, Math.Min(topCount, logits.Length));
        var scores = new TokenScore[top.Length];
        for (var i = 0; i < top.Length; i++)
            scores[i] = new TokenScore(top[i], logits[top[i]] - normaliser);
        Array.Sort(scores, static (a, b) =>
            a.LogProbability == b.LogProbability ? a.Id.CompareTo(b.Id) : b.LogProbability.CompareTo(a.LogProbability));
        return new TokenScores(new TokenScore(id, logits[id] - normaliser), scores);
    }
}
