using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Platform.Specs;

/// <summary>Reads a scalar field's value from text.</summary>
public static class ScalarText
{
    /// <summary>The value as the field's type takes it.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wanted.</exception>
    public static object Parse(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 =>
            checked((int)WholeNumber(text, int.MinValue, int.MaxValue)),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => WholeNumber(text, long.MinValue, long.MaxValue),
        FieldType.Double => Number(text),
        FieldType.Float => (float)Number(text),
        FieldType.Bool => Boolean(text),
        FieldType.String => text,
        FieldType.Bytes => ByteString.CopyFromUtf8(text),
        FieldType.Enum => EnumNumber(field.EnumType, text),
        _ => throw new FormatException($"a field of type {field.FieldType} cannot be given here."),
    };

    /// <summary>A value whose type shows in its text.</summary>
    public static Value ToValue(string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return Value.ForNumber(number);
        return text is "true" or "false" ? Value.ForBool(text == "true") : Value.ForString(text);
    }

    /// <summary>An enum's value as people write it: <c>PRECISION_BF16</c> is <c>bf16</c>.</summary>
    /// <param name="type">The enum.</param>
    /// <param name="number">The value's number.</param>
    public static string EnumWord(EnumDescriptor type, int number) =>
        type.FindValueByNumber(number) is { } value ? value.Name[CommonPrefix(type).Length..].ToLowerInvariant() : "";

    private static long WholeNumber(string text, long min, long max)
    {
        // 1e5 and 100_000 are whole numbers too, and how people write large ones.
        var plain = text.Replace("_", string.Empty, StringComparison.Ordinal);
        if (long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            && whole >= min && whole <= max)
        {
            return whole;
        }

        if (decimal.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number == decimal.Truncate(number) && number >= min && number <= max)
        {
            return (long)number;
        }

        throw new FormatException($"'{text}' is no whole number.");
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'{text}' is no number.");

    private static bool Boolean(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => throw new FormatException($"'{text}' is neither true nor false."),
    };

    /// <summary>
    /// An enum value by its whole name or without its prefix, in any case: <c>bf16</c>, <c>PRECISION_BF16</c>.
    /// </summary>
    private static int EnumNumber(EnumDescriptor type, string text)
    {
        var prefix = CommonPrefix(type);
        var wanted = text.Replace('-', '_').ToUpperInvariant();
        var value = type.Values.FirstOrDefault(value =>
            value.Number != 0 && (value.Name == wanted || value.Name == prefix + wanted));
        if (value is not null)
            return value.Number;
        var names = type.Values.Where(value => value.Number != 0)
            .Select(value => value.Name[prefix.Length..].ToLowerInvariant());
        throw new FormatException($"'{text}' is none of {string.Join(", ", names)}.");
    }

    private static string CommonPrefix(EnumDescriptor type)
    {
        // buf's rule: every value begins with the enum's name in upper snake case, and 0 is …_UNSPECIFIED.
        var zero = type.FindValueByNumber(0).Name;
        return zero[..^"UNSPECIFIED".Length];
    }
}
