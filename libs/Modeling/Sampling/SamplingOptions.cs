namespace Platform.Modeling;

/// <summary>How the next token is drawn. The order is llama.cpp's: top-k, top-p, temperature.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits of the tokens that are left; 0 takes the most likely one; 0 to 100.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the k most likely tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most likely tokens whose probabilities first reach p together; (0, 1], 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>A token depends on the seed, its position and the logits alone.</summary>
    public long Seed { get; init; }

    /// <summary>Everything that is wrong, each as the member's snake_case name and what it must be.</summary>
    public IReadOnlyList<(string Member, string Problem)> Validate()
    {
        var problems = new List<(string Member, string Problem)>();
        if (!(Temperature >= 0 && Temperature <= 100))
            problems.Add(("temperature", $"must be 0 to 100, not {Temperature}"));
        if (TopK < 0)
            problems.Add(("top_k", $"must be 0 or more, not {TopK}"));
        if (!(TopP > 0 && TopP <= 1))
            problems.Add(("top_p", $"must be above 0 and at most 1, not {TopP}"));
        return problems;
    }
}
