using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// A place in a model's KV cache: the generation in it, and the beginning of a prompt that is left there for others.
/// </summary>
internal sealed class Slot(int index)
{
    private readonly List<int> _pieces = [];
    private LoraAdapter? _adapter;

    /// <summary>Its number in the cache.</summary>
    public int Index => index;

    /// <summary>The generation in it.</summary>
    public GenerationJob? Job { get; private set; }

    /// <summary>When it was last used, as a count of joins.</summary>
    public long LastUse { get; private set; }

    /// <summary>
    /// Tokens at a prompt's beginning whose keys and values are here already: whole pieces only, as a prompt alone is
    /// computed in the same pieces, so that the scores after them are the same to the bit.
    /// </summary>
    public int Reusable(GenerationJob job)
    {
        if (job.Settings.PromptLogprobs || !ReferenceEquals(job.Model.Adapter, _adapter))
            return 0;
        // At least one token is computed: the scores of the next one come from it.
        var most = Math.Min(_pieces.Count, job.Prompt.Length - 1);
        var same = 0;
        while (same < most && _pieces[same] == job.Prompt[same])
            same++;
        return same / SlotTable.PieceTokens * SlotTable.PieceTokens;
    }

    /// <summary>Takes a generation in, whose first tokens are here already.</summary>
    public void Join(GenerationJob job, int reused, long time)
    {
        (Job, LastUse) = (job, time);
        Reuse(job, reused);
    }

    /// <summary>The generation's first tokens are here now.</summary>
    public void Reuse(GenerationJob job, int count)
    {
        _pieces.Clear();
        _pieces.AddRange(job.Prompt.AsSpan(0, count));
        _adapter = job.Model.Adapter;
        (job.Prefilled, job.CachedTokens) = (count, count);
    }

    /// <summary>Remembers a piece of the prompt that was computed.</summary>
    public void Remember(ReadOnlySpan<int> piece)
    {
        if (piece.Length == SlotTable.PieceTokens)
            _pieces.AddRange(piece);
    }

    /// <summary>The generation leaves; what it left of its prompt stays.</summary>
    public void Leave() => Job = null;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _pieces.Clear();
        _adapter = null;
    }

    /// <summary>Forgets what an adapter that goes has left.</summary>
    public void Forget(LoraAdapter adapter)
    {
        if (ReferenceEquals(adapter, _adapter))
            Clear();
    }
}
