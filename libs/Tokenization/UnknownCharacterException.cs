using System.Text;

namespace Platform.Tokenization;

/// <summary>A character-level tokenizer met a character that its training text did not have.</summary>
public sealed class UnknownCharacterException : ArgumentException
{
    private UnknownCharacterException(string message, Rune? character, int byteOffset)
        : base(message) => (Character, ByteOffset) = (character, byteOffset);

    /// <summary>The character, or null where the bytes are no valid UTF-8.</summary>
    public Rune? Character { get; }

    /// <summary>Where it begins in the UTF-8 text.</summary>
    public int ByteOffset { get; }

    internal static UnknownCharacterException For(Rune character, int byteOffset) => new(
        $"The character {Name(character)} at byte {byteOffset} is not in this character-level tokenizer's vocabulary.",
        character, byteOffset);

    internal static UnknownCharacterException ForInvalidUtf8(byte value, int byteOffset) => new(
        $"The byte 0x{value:X2} at byte {byteOffset} is not valid UTF-8, so a character-level tokenizer can't encode it.",
        null, byteOffset);

    private static string Name(Rune character) => Rune.IsControl(character)
        ? $"U+{character.Value:X4}"
        : $"'{character}' (U+{character.Value:X4})";
}
