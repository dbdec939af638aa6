using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Continues a prompt token by token.</summary>
public static class TextGenerator
{
    /// <summary>Yields new token ids until a stop id, the given number, or cancellation.</summary>
    /// <param name="model">With or without an adapter; not used by anything else meanwhile.</param>
    /// <param name="prompt">At least one id; with the new tokens at most the model's block size.</param>
    /// <param name="maxNewTokens">1 or more.</param>
    /// <param name="options">Valid ones.</param>
    /// <param name="stopIds">End the text and are not yielded; fewer than the maximum means that one came.</param>
    /// <param name="cancellationToken">Looked at before every token.</param>
    /// <exception cref="ArgumentException">The prompt is empty, has unknown ids, or does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IEnumerable<int> Generate(
        Gpt model,
        IReadOnlyList<int> prompt,
        int maxNewTokens,
        SamplingOptions options,
        IReadOnlySet<int>? stopIds = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNewTokens, 1);
        if (options.Validate() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems.Select(p => $"{p.Member} {p.Problem}")));
        if (prompt.Count == 0 || prompt.Any(id => id < 0 || id >= model.Config.VocabSize))
            throw new ArgumentException($"The prompt needs ids from 0 to {model.Config.VocabSize - 1}, at least one.");
        if (prompt.Count + maxNewTokens > model.Config.BlockSize)
        {
            throw new ArgumentException(
                $"A prompt of {prompt.Count} tokens and {maxNewTokens} new ones exceed the model's context of "
                + $"{model.Config.BlockSize}.");
        }

        return Iterate(model, prompt, maxNewTokens, options, stopIds, cancellationToken);
    }

    private static IEnumerable<int> Iterate(
        Gpt model, IReadOnlyList<int> prompt, int maxNewTokens, SamplingOptions options, IReadOnlySet<int>? stopIds,
        CancellationToken cancellationToken)
    {
        using var cache = model.CreateCache(slots: 1, capacity: prompt.Count + maxNewTokens);
        int[] next = [.. prompt];
        for (var count = 0; count < maxNewTokens; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var id = Step(model, cache, next, options);
            if (stopIds?.Contains(id) == true)
                yield break;
            yield return id;
            next = [id];
        }
    }

    // The scope ends before the caller sees the token: none may be open across a yield.
    private static int Step(Gpt model, KvCache cache, int[] ids, SamplingOptions options)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var input = tensor(ids.Select(id => (long)id).ToArray(), device: model.Device).unsqueeze(0); // (1, n)
        var logits = model.NextLogits(input, cache); // (1, V)
        return Sampler.Next(logits, [options], [cache.Lengths[0]])[0];
    }
}
