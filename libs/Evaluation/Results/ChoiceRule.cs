namespace Platform.Evals;

/// <summary>By which score an ending is chosen.</summary>
public enum ChoiceRule
{
    /// <summary>Summed log-probability (build-nanogpt): <c>acc</c>.</summary>
    Acc,

    /// <summary>Log-probability a token (build-nanogpt): <c>acc_norm</c>.</summary>
    AccNorm,

    /// <summary>Summed log-probability (lm-evaluation-harness): <c>acc_harness</c>.</summary>
    AccHarness,

    /// <summary>Log-probability a character (lm-evaluation-harness): <c>acc_norm_harness</c>.</summary>
    AccNormHarness,

    /// <summary>Log-probability a byte (lm-evaluation-harness): <c>acc_bytes_harness</c>.</summary>
    AccBytesHarness,
}
