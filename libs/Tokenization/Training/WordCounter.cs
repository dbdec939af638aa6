using Platform.Tokenization.Bpe;
using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization.Training;

/// <summary>Counts the distinct pieces (words) of a text; one for each thread, joined at the end.</summary>
internal sealed class WordCounter(Pretokenizer pretokenizer, SpecialTokenTable specials, long maxDistinctBytes)
    : IDisposable
{
    // Words of a large text; a table that grows is written anew.
    private const int FirstCapacity = 1 << 16;
    private const int FirstBytes = 1 << 25;

    private long[] _counts = new long[FirstCapacity];

    /// <summary>The distinct words.</summary>
    public ByteStringTable Words { get; } = new(FirstCapacity, FirstBytes);

    /// <summary>How often each occurred.</summary>
    public ReadOnlyMemory<long> Counts => _counts.AsMemory(0, Words.Count);

    public void Dispose() => Words.Dispose();

    /// <summary>Counts a section: special tokens end a text and are not counted.</summary>
    public unsafe void Count(ReadOnlySpan<byte> section)
    {
        fixed (byte* bytes = section)
        {
            var handler = new Handler(this);
            var done = 0;
            while (specials.TryFind(section, done, out var start, out var length, out _))
            {
                pretokenizer.ForEach(bytes + done, bytes + start, ref handler);
                done = start + length;
            }

            pretokenizer.ForEach(bytes + done, bytes + section.Length, ref handler);
        }

        CheckSize();
    }

    /// <summary>Adds another thread's counts.</summary>
    public void Add(WordCounter other)
    {
        var indices = new int[other.Words.Count];
        Words.AddAll(other.Words, indices);
        if (_counts.Length < Words.Count)
            Array.Resize(ref _counts, Words.Count);
        for (var i = 0; i < indices.Length; i++)
            _counts[indices[i]] += other._counts[i];
        CheckSize();
    }

    private void Add(ReadOnlySpan<byte> word, long count)
    {
        var index = Words.GetOrAdd(word);
        if (index >= _counts.Length)
            Array.Resize(ref _counts, checked(_counts.Length * 2));
        _counts[index] += count;
    }

    private void CheckSize()
    {
        if (Words.TotalBytes <= maxDistinctBytes)
            return;
        throw new CorpusTooDiverseException(
            $"The training text has more than {maxDistinctBytes} bytes of distinct words, which are kept in memory. "
            + "Train on a sample of the text, or raise the bound (max_distinct_bytes).");
    }

    private readonly unsafe struct Handler(WordCounter counter) : IPieceHandler
    {
        public void OnPiece(byte* piece, int length, byte* end) =>
            counter.Add(new ReadOnlySpan<byte>(piece, length), 1);
    }
}
