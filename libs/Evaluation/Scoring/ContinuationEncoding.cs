namespace Platform.Evals;

/// <summary>How a continuation becomes tokens.</summary>
public enum ContinuationEncoding
{
    /// <summary>Context and continuation each by itself (build-nanogpt's hellaswag.py).</summary>
    Apart,

    /// <summary>
    /// Both as one text, cut after as many tokens as the context alone has; spaces at the context's end go over to the
    /// continuation first (lm-evaluation-harness).
    /// </summary>
    Together,
}
