using System.Text;

namespace Platform.Tokenization;

/// <summary>The text has a character that the tokenizer can't encode: one that a character-level tokenizer's training
/// text did not have, or a byte that an imported vocabulary leaves out.</summary>
public sealed class UnknownCharacterException : ArgumentException
{
    private UnknownCharacterException(string message, Rune? character, int byteOffset)
        : base(message) => (Character, ByteOffset) = (character, byteOffset);

    /// <summary>The character, or null where it is known by its byte only.</summary>
    public Rune? Character { get; }

    /// <summary>Where it begins in the UTF-8 text; -1 where that is not known.</summary>
    public int ByteOffset { get; }

    internal static UnknownCharacterException For(Rune character, int byteOffset) => new(
        $"The character {Name(character)} at byte {byteOffset} is not in this character-level tokenizer's vocabulary.",
        character, byteOffset);

    internal static UnknownCharacterException ForInvalidUtf8(byte value, int byteOffset) => new(
        $"The byte 0x{value:X2} at byte {byteOffset} is not valid UTF-8, "
        + "so a character-level tokenizer can't encode it.",
        null,
        byteOffset);

    internal static UnknownCharacterException ForByteWithoutToken(byte value) => new(
        $"This tokenizer's vocabulary has no token for the byte 0x{value:X2}, which the text has.", null, -1);

    private static string Name(Rune character) => Rune.IsControl(character)
        ? $"U+{character.Value:X4}"
        : $"'{character}' (U+{character.Value:X4})";
}
