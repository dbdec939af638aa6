using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization.Bpe;

/// <summary>
/// Encodes pieces, remembering the short ones: a direct-mapped cache of pieces of up to 15 bytes and 3 tokens, so
/// that most words cost one look-up. One thread at a time; the tokenizer keeps one for each thread that encodes.
/// </summary>
internal sealed unsafe class PieceEncoder
{
    private const int SlotBits = 15;
    private const int MaxKeyBytes = 15;
    private const int MaxCachedTokens = 3;

    private readonly Slot[] _slots = GC.AllocateArray<Slot>(1 << SlotBits, pinned: true);
    private readonly Slot* _slotPointer;
    private readonly PieceMerger _merger;
    private readonly CharacterBorders _borders;
    private readonly WholePieceTable? _wholePieces;
    private CharacterEncoder? _characters;

    public PieceEncoder(PieceMerger merger, CharacterBorders borders, WholePieceTable? wholePieces)
    {
        _merger = merger;
        _borders = borders;
        _wholePieces = wholePieces;
        _slotPointer = (Slot*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_slots));
    }

    /// <summary>Appends the tokens of a text without special tokens.</summary>
    public void Encode(Pretokenizer pretokenizer, ReadOnlySpan<byte> utf8, TokenBuffer output)
    {
        fixed (byte* start = utf8)
        {
            var handler = new Handler(this, output);
            pretokenizer.ForEach(start, start + utf8.Length, ref handler);
            handler.Finish();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EncodeUncached(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        if (_wholePieces is not null && _wholePieces.Find(piece) is >= 0 and var id)
            output.Add(id);
        else if (piece.Length > 3 && piece[^1] >= 0x80)
            (_characters ??= new CharacterEncoder(_merger, _borders)).Encode(piece, output);
        else
            _merger.Encode(piece, output);
    }

    /// <summary>The piece's bytes as a 16-byte number, its length in the last byte: equal only for equal pieces.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Key(byte* piece, int length, byte* end, out ulong low, out ulong high)
    {
        Vector128<ulong> bytes;
        if (end - piece >= 16)
        {
            bytes = Vector128.Load(piece).AsUInt64();
        }
        else
        {
            var padded = Vector128<byte>.Zero;
            Unsafe.CopyBlockUnaligned(&padded, piece, (uint)length);
            bytes = padded.AsUInt64();
        }

        low = bytes.ToScalar();
        high = bytes.GetElement(1);
        if (length < 8)
        {
            low &= (1UL << (length * 8)) - 1;
            high = 0;
        }
        else
        {
            high &= (1UL << ((length - 8) * 8)) - 1;
        }

        high |= (ulong)length << 56;
    }

    private struct Slot
    {
        public ulong Low, High;
        public int Count, First, Second, Third;
    }

    private struct Handler(PieceEncoder encoder, TokenBuffer output) : IPieceHandler
    {
        private readonly Slot* _slots = encoder._slotPointer;
        private int* _out = output.Pointer;
        private int _count = output.Count;
        private int _limit = output.Capacity - MaxCachedTokens;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void OnPiece(byte* piece, int length, byte* end)
        {
            if (length <= MaxKeyBytes && _count <= _limit)
            {
                Key(piece, length, end, out var low, out var high);
                var hash = (low ^ BitOperations.RotateLeft(high * 0x9E3779B97F4A7C15, 23)) * 0xD6E8FEB86659FD93;
                var slot = _slots + (hash >> (64 - SlotBits));
                if (slot->Low == low && slot->High == high)
                {
                    var to = _out + _count;
                    to[0] = slot->First;
                    to[1] = slot->Second;
                    to[2] = slot->Third;
                    _count += slot->Count;
                    return;
                }

                Miss(piece, length);
                Remember(slot, low, high, _count);
                return;
            }

            Miss(piece, length);
        }

        public readonly void Finish() => output.SetCount(_count);

        private int _before;

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Miss(byte* piece, int length)
        {
            _before = _count;
            output.SetCount(_count);
            encoder.EncodeUncached(new ReadOnlySpan<byte>(piece, length), output);
            _out = output.Pointer;
            _count = output.Count;
            if (output.Capacity - _count < MaxCachedTokens)
            {
                output.Grow(MaxCachedTokens);
                _out = output.Pointer;
            }

            _limit = output.Capacity - MaxCachedTokens;
        }

        private readonly void Remember(Slot* slot, ulong low, ulong high, int count)
        {
            var added = count - _before;
            if (added > MaxCachedTokens)
                return;
            var from = _out + _before;
            slot->Low = low;
            slot->High = high;
            slot->Count = added;
            slot->First = from[0];
            slot->Second = added > 1 ? from[1] : 0;
            slot->Third = added > 2 ? from[2] : 0;
        }
    }
}
