using System.Text.RegularExpressions;

namespace Platform.Modeling;

/// <summary>What a LoRA adapter (Hu et al. 2021) adapts and how; named as in PEFT.</summary>
public sealed record LoraConfig
{
    private const int MaxRank = 1024;

    /// <summary>r: the rank of the update; 1 to 1024.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The update is scaled by alpha / rank (see <see cref="ScaleOf"/>); above 0.</summary>
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

    /// <summary>
    /// Whether direction and length of each output's weights train apart (DoRA, Liu et al. 2024): one more number an
    /// output, its row's length.
    /// </summary>
    public bool UseDora { get; init; }

    /// <summary>
    /// Other ranks for layers whose name ends in what a regular expression matches (PEFT's <c>rank_pattern</c>); the
    /// first that matches counts.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Other alphas, likewise (PEFT's <c>alpha_pattern</c>).</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>The rank of a layer's update.</summary>
    public int RankOf(string module) => Find(RankPattern, module, Rank);

    /// <summary>The factor on B·A·x of a layer.</summary>
    public double ScaleOf(string module)
    {
        var (rank, alpha) = (RankOf(module), Find(AlphaPattern, module, Alpha));
        return UseRslora ? alpha / Math.Sqrt(rank) : alpha / rank;
    }

    /// <summary>Everything that is wrong, each as the member's snake_case name and what it must be.</summary>
    public IReadOnlyList<(string Member, string Problem)> Validate()
    {
        var problems = new List<(string Member, string Problem)>();
        CheckRank("rank", Rank);
        CheckAlpha("alpha", Alpha);
        foreach (var (pattern, rank) in RankPattern)
        {
            CheckPattern("rank_pattern", pattern);
            CheckRank($"rank_pattern[{pattern}]", rank);
        }

        foreach (var (pattern, alpha) in AlphaPattern)
        {
            CheckPattern("alpha_pattern", pattern);
            CheckAlpha($"alpha_pattern[{pattern}]", alpha);
        }

        if (!(Dropout >= 0 && Dropout < 1))
            problems.Add(("dropout", $"must be at least 0 and below 1, not {Dropout}"));
        if (TargetPattern is null && TargetModules.Count == 0)
            problems.Add(("target_modules", "must name at least one layer"));
        if (TargetPattern is not null)
            CheckPattern("target_modules", TargetPattern);
        return problems;

        void CheckRank(string member, int rank)
        {
            if (rank is < 1 or > MaxRank)
                problems.Add((member, $"must be 1 to {MaxRank}, not {rank}"));
        }

        void CheckAlpha(string member, double alpha)
        {
            if (!(alpha > 0 && double.IsFinite(alpha)))
                problems.Add((member, $"must be above 0, not {alpha}"));
        }

        void CheckPattern(string member, string pattern)
        {
            if (!IsRegex(pattern))
                problems.Add((member, $"is not a regular expression: {pattern}"));
        }
    }

    /// <summary>Whether the adapter covers the linear layer of that name.</summary>
    public bool Matches(string module) => TargetPattern is { } pattern
        ? Regex.IsMatch(module, $"^(?:{pattern})$", RegexOptions.CultureInvariant)
        : TargetModules.Any(target => module == target || module.EndsWith("." + target, StringComparison.Ordinal));

    // As PEFT looks them up: the whole name, or what stands behind a dot.
    private static T Find<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string module, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (Regex.IsMatch(module, $@"^(?:.*\.)?(?:{pattern})$", RegexOptions.CultureInvariant))
                return value;
        }

        return otherwise;
    }

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
