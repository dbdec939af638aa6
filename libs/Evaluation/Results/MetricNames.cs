namespace Platform.Evals;

/// <summary>The names of all figures.</summary>
public static class MetricNames
{
    /// <summary>Choice by summed log-probability, build-nanogpt's rendering.</summary>
    public const string Acc = "acc";

    /// <summary>Choice by log-probability a token, build-nanogpt's rendering.</summary>
    public const string AccNorm = "acc_norm";

    /// <summary>
    /// Choice by summed log-probability, lm-evaluation-harness's rendering; of tasks without choices, whether the
    /// model says the ending word for word. lm-evaluation-harness calls it <c>acc</c>.
    /// </summary>
    public const string AccHarness = "acc_harness";

    /// <summary>Choice by log-probability a character; lm-evaluation-harness's <c>acc_norm</c>.</summary>
    public const string AccNormHarness = "acc_norm_harness";

    /// <summary>Choice by log-probability a byte; lm-evaluation-harness's <c>acc_bytes</c>.</summary>
    public const string AccBytesHarness = "acc_bytes_harness";

    /// <summary>exp of the mean negative log-probability of an ending; its <c>perplexity</c>.</summary>
    public const string PerplexityHarness = "perplexity_harness";

    /// <summary>Mean negative log-probability a token of a text.</summary>
    public const string Loss = "loss";

    /// <summary>exp of <see cref="Loss"/>.</summary>
    public const string TokenPerplexity = "token_perplexity";

    /// <summary>exp of the negative log-probability a word of the original text.</summary>
    public const string WordPerplexity = "word_perplexity";

    /// <summary>exp of the negative log-probability a byte of the original text.</summary>
    public const string BytePerplexity = "byte_perplexity";

    /// <summary>Negative base-2 log-probability a byte of the original text.</summary>
    public const string BitsPerByte = "bits_per_byte";

    private static readonly string[] s_rules = [Acc, AccNorm, AccHarness, AccNormHarness, AccBytesHarness];

    /// <summary>A choice rule's figure.</summary>
    public static string Of(ChoiceRule rule) => s_rules[(int)rule];

    /// <summary>The rule of a figure; null where it is none of choices.</summary>
    public static ChoiceRule? RuleOf(string name) =>
        Array.IndexOf(s_rules, name) is >= 0 and var i ? (ChoiceRule)i : null;

    /// <summary>Whether more is better.</summary>
    public static bool IsHigherBetter(string name) => RuleOf(name) is not null;
}
