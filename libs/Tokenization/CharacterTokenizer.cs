using System.Buffers;
using System.Text;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization;

/// <summary>One token a code point, as in nanoGPT's character-level Shakespeare. Encoding a character that the training
/// text did not have throws <see cref="UnknownCharacterException"/>.</summary>
public sealed class CharacterTokenizer : TextTokenizer
{
    private readonly int[] _ids; // by code point; -1 where there is no token

    internal CharacterTokenizer(Vocabulary vocabulary, SpecialTokenTable specials)
        : base(vocabulary, specials)
    {
        var characters = new List<(int CodePoint, int Id)>();
        for (var id = 0; id < vocabulary.Size; id++)
        {
            if (specials.Contains(id) || vocabulary[id].IsEmpty)
                continue;
            var status = Rune.DecodeFromUtf8(vocabulary[id], out var rune, out var consumed);
            if (status != OperationStatus.Done || consumed != vocabulary[id].Length)
                throw new TokenizerFormatException($"Token {id} of a character-level vocabulary is not one character.");
            characters.Add((rune.Value, id));
        }

        _ids = new int[characters.Count == 0 ? 0 : characters.Max(c => c.CodePoint) + 1];
        Array.Fill(_ids, -1);
        foreach (var (codePoint, id) in characters)
        {
            if (_ids[codePoint] >= 0)
                throw new TokenizerFormatException($"Tokens {_ids[codePoint]} and {id} are the same character.");
            _ids[codePoint] = id;
        }
    }

    /// <inheritdoc/>
    public override TokenizerAlgorithm Algorithm => TokenizerAlgorithm.Character;

    private protected override void EncodeOrdinary(ReadOnlySpan<byte> utf8, int start, int end, TokenBuffer output)
    {
        for (var at = start; at < end;)
        {
            if (Rune.DecodeFromUtf8(utf8[at..end], out var rune, out var consumed) != OperationStatus.Done)
                throw UnknownCharacterException.ForInvalidUtf8(utf8[at], at);
            var id = rune.Value < _ids.Length ? _ids[rune.Value] : -1;
            if (id < 0)
                throw UnknownCharacterException.For(rune, at);
            output.Add(id);
            at += consumed;
        }
    }
}
