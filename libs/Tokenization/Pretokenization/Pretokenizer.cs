namespace Platform.Tokenization.Pretokenization;

/// <summary>Cuts text into pieces (words, numbers, …) that BPE never merges across. The pieces cover the text.
/// </summary>
internal abstract unsafe class Pretokenizer
{
    /// <summary>Calls the handler with each piece from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public abstract void ForEach<THandler>(byte* start, byte* end, ref THandler handler)
        where THandler : struct, IPieceHandler;

    /// <summary>Whether a text may be cut where the trainer's splitter finds it safe and scanned in parts.</summary>
    public abstract bool CanSplit { get; }

    /// <summary>The fast scanner of a known pattern, else a regular expression.</summary>
    public static Pretokenizer For(PretokenizerPattern pattern)
    {
        if (pattern == PretokenizerPattern.Gpt2)
            return new ScannerPretokenizer<Gpt2Scanner>();
        if (pattern == PretokenizerPattern.Cl100k)
            return new ScannerPretokenizer<Cl100kScanner>();
        if (pattern == PretokenizerPattern.O200k)
            return new ScannerPretokenizer<O200kScanner>();
        return new RegexPretokenizer(pattern.Regex);
    }
}
