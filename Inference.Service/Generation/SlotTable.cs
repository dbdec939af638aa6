using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// The generations that run on one model at the same time, each in a slot of its KV cache; one pass gives all of them
/// their next token. They join and leave between two tokens. Used by the engine's thread only.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="cache">Its cache; belongs to the caller.</param>
internal sealed class SlotTable(Gpt model, KvCache cache)
{
    // So many tokens of a prompt at a time, so that a long one does not hold up the others for long.
    private const int PrefillTokens = 256;

    private const int WarmUpTokens = 16;

    private readonly GenerationJob?[] _jobs = new GenerationJob?[cache.Slots];

    /// <summary>Whether another generation may join.</summary>
    public bool HasFree => Array.IndexOf(_jobs, null) >= 0;

    /// <summary>Whether no generation runs.</summary>
    public bool IsIdle => _jobs.All(job => job is null);

    /// <summary>
    /// Computes something, so that the first call does not wait for what libtorch sets up at first use.
    /// </summary>
    public void WarmUp()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var count = Math.Min(WarmUpTokens, Math.Max(1, cache.Capacity - 1));
        model.NextLogits(zeros(1, count, dtype: ScalarType.Int64, device: model.Device), cache, [0]);
        if (count < cache.Capacity)
            model.NextLogits(zeros(1, 1, dtype: ScalarType.Int64, device: model.Device), cache, [0]);
        cache.Truncate(0, 0);
    }

    /// <summary>Takes a generation in.</summary>
    public void Join(GenerationJob job)
    {
        var slot = Array.IndexOf(_jobs, null);
        cache.Truncate(slot, 0);
        _jobs[slot] = job;
    }

    /// <summary>
    /// Moves every generation on: a token for each that is past its prompt, and a piece of one prompt.
    /// </summary>
    public void Tick()
    {
        foreach (var slot in Active().Where(slot => _jobs[slot]!.IsUnwanted))
            _jobs[slot]!.Abort(error: null);
        LeaveEnded();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Decode();
        Prefill();
        LeaveEnded();
    }

    /// <summary>Ends all generations with an error.</summary>
    public void Abort(Exception error)
    {
        foreach (var slot in Active())
            _jobs[slot]!.Abort(error);
        LeaveEnded();
    }

    private IEnumerable<int> Active() => Enumerable.Range(0, _jobs.Length).Where(slot => _jobs[slot] is not null);

    private void LeaveEnded()
    {
        foreach (var slot in Active().Where(slot => _jobs[slot]!.Ended.IsCompleted))
            _jobs[slot] = null;
    }

    private void Decode()
    {
        int[] slots = [.. Active().Where(slot => _jobs[slot]!.Prefilled == _jobs[slot]!.Prompt.Length)];
        if (slots.Length == 0)
            return;
        var inputs = slots.Select(slot => (long)_jobs[slot]!.LastToken).ToArray();
        var ids = tensor(inputs, device: model.Device).view(slots.Length, 1); // (R, 1)
        Choose(slots, model.NextLogits(ids, cache, slots));
    }

    // The one that has come furthest with its prompt goes on, so that first tokens come one after another and not all
    // at the end.
    private void Prefill()
    {
        var waiting = Active().Where(slot => _jobs[slot]!.Prefilled < _jobs[slot]!.Prompt.Length).ToList();
        if (waiting.Count == 0)
            return;
        var slot = waiting.MaxBy(slot => _jobs[slot]!.Prefilled);
        var job = _jobs[slot]!;
        var piece = job.Prompt.Skip(job.Prefilled).Take(PrefillTokens).Select(id => (long)id).ToArray();
        var ids = tensor(piece, device: model.Device).view(1, piece.Length); // (1, n)
        job.Prefilled += piece.Length;
        if (job.Prefilled < job.Prompt.Length)
            model.ForwardCached(ids, cache, [slot]);
        else
            Choose([slot], model.NextLogits(ids, cache, [slot]));
    }

    private void Choose(int[] slots, Tensor logits) // (R, V)
    {
        var values = logits.cpu().data<float>().ToArray();
        var vocabulary = (int)logits.shape[1];
        foreach (var (row, slot) in slots.Index())
            _jobs[slot]!.Choose(values.AsSpan(row * vocabulary, vocabulary));
    }
}
