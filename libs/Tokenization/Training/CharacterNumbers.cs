using System.Runtime.CompilerServices;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Training;

/// <summary>Divides bytes into what looks like characters of UTF-8, or into single bytes, and numbers the distinct ones
/// as they come. Any division gives the same merges, so it does not matter whether the characters are valid.</summary>
internal sealed class CharacterNumbers(bool byCharacters)
{
    private readonly int[] _known = new int[Characters.Short]; // number + 1, by the character
    private readonly Dictionary<int, int> _knownLong = [];
    private readonly List<byte[]> _characters = [];

    /// <summary>Distinct characters so far.</summary>
    public int Count => _characters.Count;

    /// <summary>The bytes of a character.</summary>
    public ReadOnlySpan<byte> this[int number] => _characters[number];

    /// <summary>Takes the first character off and tells its number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref ReadOnlySpan<byte> rest)
    {
        var length = 1;
        var index = byCharacters ? Characters.First(rest, out length) : rest[0];
        var number = index < Characters.Short ? _known[index] - 1 : -1;
        if (number < 0)
            number = NumberOf(index, rest[..length]);
        rest = rest[length..];
        return number;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int NumberOf(int index, ReadOnlySpan<byte> character)
    {
        if (_knownLong.TryGetValue(index, out var number))
            return number;
        number = Add(character);
        if (index < Characters.Short)
            _known[index] = number + 1;
        else
            _knownLong.Add(index, number);
        return number;
    }

    private int Add(ReadOnlySpan<byte> character)
    {
        _characters.Add(character.ToArray());
        return _characters.Count - 1;
    }
}
