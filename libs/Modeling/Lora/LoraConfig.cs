using System.Text.RegularExpressions;

namespace Platform.Modeling;

/// <summary>What a LoRA adapter (Hu et al. 2021) adapts and how; named as in PEFT.</summary>
public sealed record LoraConfig
{
    /// <summary>r: the rank of the update; 1 to 1024.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The update is scaled by alpha / rank; above 0.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Probability of zeroing each input of A in training; [0, 1).</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Linear layers by whole name or by suffix: <c>c_attn</c>, <c>mlp.c_proj</c>; <c>c_proj</c> means those of
    /// attention and MLP. PEFT's default for GPT-2.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["c_attn"];

    /// <summary>A regular expression for whole names, in place of <see cref="TargetModules"/>.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>Which biases train too.</summary>
    public LoraBias Bias { get; init; }

    /// <summary>Scale by alpha / √rank instead (rsLoRA, Kalajdzievski 2023).</summary>
    public bool UseRslora { get; init; }

    /// <summary>The factor on B·A·x.</summary>
    public double Scale => UseRslora ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;

    /// <summary>Everything that is wrong, each as the member's snake_case name and what it must be.</summary>
    public IReadOnlyList<(string Member, string Problem)> Validate()
    {
        var problems = new List<(string Member, string Problem)>();
        if (Rank is < 1 or > 1024)
            problems.Add(("rank", $"must be 1 to 1024, not {Rank}"));
        if (!(Alpha > 0 && double.IsFinite(Alpha)))
            problems.Add(("alpha", $"must be above 0, not {Alpha}"));
        if (!(Dropout >= 0 && Dropout < 1))
            problems.Add(("dropout", $"must be at least 0 and below 1, not {Dropout}"));
        if (TargetPattern is null && TargetModules.Count == 0)
            problems.Add(("target_modules", "must name at least one layer"));
        if (TargetPattern is not null && !IsRegex(TargetPattern))
            problems.Add(("target_modules", $"is not a regular expression: {TargetPattern}"));
        return problems;
    }

    /// <summary>Whether the adapter covers the linear layer of that name.</summary>
    public bool Matches(string module) => TargetPattern is { } pattern
        ? Regex.IsMatch(module, $"^(?:{pattern})$", RegexOptions.CultureInvariant)
        : TargetModules.Any(target => module == target || module.EndsWith("." + target, StringComparison.Ordinal));

    private static bool IsRegex(string pattern)
    {
        try
        {
            _ = new Regex(pattern);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
