using System.Buffers;

namespace Platform.Tokenization.Bpe;

/// <summary>BPE within one piece: the pair of the lowest rank merges first, the leftmost of equals.</summary>
internal sealed class PieceMerger(MergeTable merges, int[] byteIds)
{
    // Above it the heap, whose cost grows as n log n, beats looking through the whole piece after each merge.
    private const int ScanLimit = 96;
    private const ulong NoStep = (ulong)int.MaxValue << 32;

    private readonly ulong[] _byteSteps = StepsOfBytes(merges, byteIds);

    /// <summary>Appends the tokens of a piece.</summary>
    public void Encode(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        if (piece.Length <= ScanLimit)
            EncodeShort(piece, output);
        else
            EncodeLong(piece, output);
    }

    private int ByteId(byte value) =>
        byteIds[value] is >= 0 and var id ? id : throw UnknownCharacterException.ForByteWithoutToken(value);

    private void EncodeShort(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        Span<int> ids = stackalloc int[ScanLimit];
        // What each symbol and the next merge to, the rank in the upper half: the least is the next merge.
        Span<ulong> steps = stackalloc ulong[ScanLimit];
        var count = piece.Length;
        for (var i = 0; i < count; i++)
            ids[i] = ByteId(piece[i]);
        for (var i = 0; i + 1 < count; i++)
            steps[i] = _byteSteps[piece[i] << 8 | piece[i + 1]];

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < count; i++)
            {
                if (steps[i] < steps[best])
                    best = i;
            }

            if (steps[best] >= NoStep)
                break;
            ids[best] = (int)(uint)steps[best];
            count--;
            ids[(best + 2)..(count + 1)].CopyTo(ids[(best + 1)..]);
            steps[(best + 1)..count].CopyTo(steps[best..]);
            if (best > 0)
                steps[best - 1] = Step(ids[best - 1], ids[best]);
            if (best + 1 < count)
                steps[best] = Step(ids[best], ids[best + 1]);
        }

        output.Add(ids[..count]);
    }

    private ulong Step(int left, int right)
    {
        var rank = merges.Rank(left, right, out var merged);
        return (ulong)(uint)rank << 32 | (uint)merged;
    }

    /// <summary>The steps of all pairs of bytes, to look up without a hash.</summary>
    private static ulong[] StepsOfBytes(MergeTable merges, int[] byteIds)
    {
        var steps = new ulong[256 * 256];
        for (var pair = 0; pair < steps.Length; pair++)
        {
            var rank = merges.Rank(byteIds[pair >> 8], byteIds[pair & 0xFF], out var merged);
            steps[pair] = (ulong)(uint)rank << 32 | (uint)merged;
        }

        return steps;
    }

    /// <summary>A linked list of symbols and a heap of the pairs seen, checked again when they come up.</summary>
    private void EncodeLong(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        var symbols = ArrayPool<Symbol>.Shared.Rent(piece.Length);
        var heap = new PriorityQueue<Candidate, (int Rank, int Position)>(piece.Length);
        for (var i = 0; i < piece.Length; i++)
            symbols[i] = new Symbol(ByteId(piece[i]), i - 1, i + 1 < piece.Length ? i + 1 : -1);
        for (var i = 0; i + 1 < piece.Length; i++)
            Offer(i);

        while (heap.TryDequeue(out var candidate, out var key))
        {
            ref var left = ref symbols[key.Position];
            if (left.Id != candidate.Left || left.Next < 0 || symbols[left.Next].Id != candidate.Right)
                continue;
            ref var right = ref symbols[left.Next];
            left.Id = candidate.Merged;
            left.Next = right.Next;
            right.Id = -1;
            if (left.Next >= 0)
            {
                symbols[left.Next].Previous = key.Position;
                Offer(key.Position);
            }

            if (left.Previous >= 0)
                Offer(left.Previous);
        }

        for (var i = 0; i >= 0; i = symbols[i].Next)
            output.Add(symbols[i].Id);
        ArrayPool<Symbol>.Shared.Return(symbols);

        void Offer(int position)
        {
            var (left, right) = (symbols[position].Id, symbols[symbols[position].Next].Id);
            var rank = merges.Rank(left, right, out var merged);
            if (rank != int.MaxValue)
                heap.Enqueue(new Candidate(left, right, merged), (rank, position));
        }
    }

    private record struct Symbol(int Id, int Previous, int Next);

    private readonly record struct Candidate(int Left, int Right, int Merged);
}
