namespace Platform.Evals;

/// <summary>A continuation's score while its tokens come in.</summary>
internal sealed class RowScore
{
    /// <summary>The log-probabilities so far.</summary>
    public double Sum { get; set; }

    /// <summary>Whether all tokens so far were the model's first choice.</summary>
    public bool Greedy { get; set; } = true;
}
