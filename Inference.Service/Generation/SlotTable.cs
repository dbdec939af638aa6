using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// The generations that run on one model at the same time, each in a slot of its KV cache; one pass gives all of them
/// their next token, whatever their adapters. They join and leave between two tokens. Used by the engine's thread only,
/// but for the counts.
/// </summary>
/// <param name="decoder">Computes; belongs to the caller.</param>
/// <param name="vocabulary">V: the model's real token ids.</param>
internal sealed class SlotTable(ITokenDecoder decoder, int vocabulary)
{
    /// <summary>
    /// Tokens of a prompt at a time, so that a long one does not hold up the others for long, and so that a prompt is
    /// cut at the same places whoever asks.
    /// </summary>
    public const int PieceTokens = 128;

    private readonly Slot[] _slots = [.. Enumerable.Range(0, decoder.Cache.Slots).Select(index => new Slot(index))];
    private float[] _logits = [];
    private long _joins;

    /// <summary>Whether another generation may join.</summary>
    public bool HasFree => Array.Exists(_slots, slot => slot.Job is null);

    /// <summary>Whether no generation runs.</summary>
    public bool IsIdle => !Array.Exists(_slots, slot => slot.Job is not null);

    /// <summary>Generations that may run at the same time.</summary>
    public int Count => _slots.Length;

    /// <summary>Generations that run; may be read from any thread.</summary>
    public int RunningCount => _slots.Count(slot => slot.Job is not null);

    /// <summary>Generations that run for a caller.</summary>
    public int RunningFor(string caller) => _slots.Count(slot => slot.Job?.Caller == caller);

    /// <summary>Tokens in the cache, those that are kept for others included; may be read from any thread.</summary>
    public long CachedTokens => decoder.Cache.Lengths.Sum(length => (long)length);

    /// <summary>Tokens that the cache has room for.</summary>
    public long CacheCapacity => (long)decoder.Cache.Slots * decoder.Cache.Capacity;

    /// <summary>
    /// Computes something, so that the first call does not wait for what libtorch sets up at first use.
    /// </summary>
    public void WarmUp()
    {
        const int WarmUpTokens = 32;
        var count = Math.Min(WarmUpTokens, Math.Max(1, decoder.Cache.Capacity - 1));
        decoder.Prefill(0, new int[count], adapter: null, Buffer(1));
        if (count < decoder.Cache.Capacity)
            decoder.Decode([new DecodeRow(0, 0, null)], Buffer(1));
        decoder.Cache.Truncate(0, 0);
    }

    /// <summary>Takes a generation in, where most of its prompt is already.</summary>
    public void Join(GenerationJob job)
    {
        var slot = _slots.Where(slot => slot.Job is null)
            .OrderByDescending(slot => slot.Reusable(job))
            .ThenBy(slot => slot.LastUse)
            .First();
        var reused = slot.Reusable(job);
        decoder.Cache.Truncate(slot.Index, reused);
        slot.Join(job, reused, ++_joins);
    }

    /// <summary>
    /// Moves every generation on: a token for each that is past its prompt, and a piece of one prompt.
    /// </summary>
    /// <returns>How many generations got a token in one batch.</returns>
    public int Tick()
    {
        foreach (var job in Running().Where(job => job.IsUnwanted))
            job.Abort(error: null);
        LeaveEnded();
        var batch = Decode();
        Prefill();
        LeaveEnded();
        return batch;
    }

    /// <summary>Ends all generations with an error.</summary>
    public void Abort(Exception error)
    {
        foreach (var job in Running())
            job.Abort(error);
        LeaveEnded();
        // Whatever failed may have left half a piece behind.
        foreach (var slot in _slots)
        {
            slot.Clear();
            decoder.Cache.Truncate(slot.Index, 0);
        }
    }

    /// <summary>Forgets what an adapter that goes has left in the cache.</summary>
    public void Forget(LoraAdapter adapter)
    {
        foreach (var slot in _slots)
            slot.Forget(adapter);
        decoder.Forget(adapter);
    }

    private IEnumerable<GenerationJob> Running() =>
        _slots.Where(slot => slot.Job is not null).Select(slot => slot.Job!);

    private void LeaveEnded()
    {
        foreach (var slot in _slots)
        {
            if (slot.Job is { Ended.IsCompleted: true })
                slot.Leave();
        }
    }

    private int Decode()
    {
        var slots = _slots.Where(slot => slot.Job is { IsDecoding: true }).ToArray();
        if (slots.Length == 0)
            return 0;
        var rows = slots.Select(slot => new DecodeRow(slot.Job!.LastToken, slot.Index, slot.Job.Model.Adapter));
        var logits = Buffer(slots.Length);
        decoder.Decode(rows.ToArray(), logits);
        foreach (var (row, slot) in slots.Index())
            slot.Job!.Choose(logits.AsSpan(row * vocabulary, vocabulary));
        return slots.Length;
    }

    // Of the highest priority the one that joined first, so that first tokens come one after another and not all at the
    // end, and so that nobody waits behind those who joined later.
    private void Prefill()
    {
        var slot = _slots.Where(slot => slot.Job is { IsDecoding: false })
            .OrderByDescending(slot => slot.Job!.Priority)
            .ThenBy(slot => slot.LastUse)
            .FirstOrDefault();
        if (slot is null)
            return;
        var job = slot.Job!;
        TakeFromAnother(slot, job);
        var piece = job.Prompt.AsSpan(job.Prefilled, Math.Min(PieceTokens, job.Prompt.Length - job.Prefilled));
        var last = job.Prefilled + piece.Length == job.Prompt.Length;
        var scores = job.Settings.PromptLogprobs ? piece.Length : last ? 1 : 0;
        var logits = Buffer(scores).AsSpan(0, scores * vocabulary);
        decoder.Prefill(slot.Index, piece, job.Model.Adapter, logits);
        slot.Remember(piece);
        for (var i = 0; i < piece.Length && job.Settings.PromptLogprobs; i++)
            job.ScorePrompt(job.Prefilled + i, logits.Slice(i * vocabulary, vocabulary));
        job.Prefilled += piece.Length;
        if (last)
            job.Choose(logits[^vocabulary..]);
    }

    // Texts that begin alike and came at the same time: the first one's pieces serve the others.
    private void TakeFromAnother(Slot slot, GenerationJob job)
    {
        if (job.Prefilled % PieceTokens != 0)
            return;
        var best = _slots.MaxBy(other => other.Reusable(job))!;
        var count = best.Reusable(job);
        if (best == slot || count <= job.Prefilled)
            return;
        decoder.Cache.CopyBeginning(best.Index, slot.Index, count);
        slot.Reuse(job, count);
    }

    private float[] Buffer(int rows)
    {
        if (_logits.Length < rows * vocabulary)
            _logits = new float[rows * vocabulary];
        return _logits;
    }
}
