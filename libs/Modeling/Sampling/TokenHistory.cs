namespace Platform.Modeling;

/// <summary>The tokens of one text so far, as the penalties count them.</summary>
/// <param name="prompt">Its prompt: only the repetition penalty looks at it.</param>
public sealed class TokenHistory(IEnumerable<int> prompt)
{
    private readonly HashSet<int> _prompt = [.. prompt];
    private readonly Dictionary<int, int> _generated = [];

    /// <summary>Counts a generated token.</summary>
    public void Add(int id) => _generated[id] = _generated.GetValueOrDefault(id) + 1;

    internal void Penalise(Span<float> logits, SamplingOptions options)
    {
        if (options.RepetitionPenalty != 1)
        {
            foreach (var id in _prompt)
                Repeat(logits, id, options.RepetitionPenalty);
            foreach (var id in _generated.Keys)
            {
                if (!_prompt.Contains(id))
                    Repeat(logits, id, options.RepetitionPenalty);
            }
        }

        foreach (var (id, count) in _generated)
        {
            if (id < logits.Length)
                logits[id] -= (float)((options.FrequencyPenalty * count) + options.PresencePenalty);
        }
    }

    private static void Repeat(Span<float> logits, int id, double penalty)
    {
        if (id < logits.Length)
            logits[id] = (float)(logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty);
    }
}
