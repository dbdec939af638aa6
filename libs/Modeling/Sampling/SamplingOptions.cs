namespace Platform.Modeling;

/// <summary>
/// How the next token is drawn. The order is llama.cpp's: repetition, frequency and presence penalties and logit bias
/// change the logits; then top-k, top-p and min-p leave some tokens out, all at temperature 1; then temperature.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits of the tokens that are left; 0 takes the most likely one; 0 to 100.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the k most likely tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most likely tokens whose probabilities first reach p together; (0, 1], 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens at least so many times as likely as the likeliest; [0, 1], 0 for all.</summary>
    public double MinP { get; init; }

    /// <summary>
    /// Divides positive logits, and multiplies negative ones, of tokens in the prompt or the text so far; (0, 10], 1
    /// for none (Keskar et al. 2019, CTRL).
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken from the logit of every token in the text so far, prompt excluded; -2 to 2 (OpenAI).</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Taken from a token's logit once for each time it is in the text so far; -2 to 2 (OpenAI).</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these ids; each -100 to 100.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = new Dictionary<int, double>();

    /// <summary>A token depends on the seed, its position and the logits alone.</summary>
    public long Seed { get; init; }

    /// <summary>Whether tokens depend on what is in the text already, beyond the logits.</summary>
    public bool HasPenalties => RepetitionPenalty != 1 || PresencePenalty != 0 || FrequencyPenalty != 0;

    /// <summary>Everything that is wrong, each as the member's snake_case name and what it must be.</summary>
    public IReadOnlyList<(string Member, string Problem)> Validate()
    {
        var problems = new List<(string Member, string Problem)>();
        // Each condition is false for NaN too.
        Require(Temperature is >= 0 and <= 100, "temperature", "0 to 100", Temperature);
        Require(TopK >= 0, "top_k", "0 or more", TopK);
        Require(TopP is > 0 and <= 1, "top_p", "above 0 and at most 1", TopP);
        Require(MinP is >= 0 and <= 1, "min_p", "0 to 1", MinP);
        Require(RepetitionPenalty is > 0 and <= 10, "repetition_penalty", "above 0 and at most 10", RepetitionPenalty);
        Require(PresencePenalty is >= -2 and <= 2, "presence_penalty", "-2 to 2", PresencePenalty);
        Require(FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", "-2 to 2", FrequencyPenalty);
        foreach (var (id, bias) in LogitBias)
            Require(bias is >= -100 and <= 100 && id >= 0, $"logit_bias[{id}]", "-100 to 100 for an id", bias);
        return problems;

        void Require(bool holds, string member, string range, double value)
        {
            if (!holds)
                problems.Add((member, FormattableString.Invariant($"must be {range}, not {value}")));
        }
    }
}
