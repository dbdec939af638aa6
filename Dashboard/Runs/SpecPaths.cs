using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Platform.Dashboard.Runs;

/// <summary>
/// Reads and writes settings of a spec by their paths in the proto, such as <c>batch.micro_batch_size</c>: the same
/// names that services use in their errors and that people write in YAML.
/// </summary>
public static class SpecPaths
{
    /// <summary>Every setting that is there, in the proto's order, as text.</summary>
    /// <param name="message">The spec.</param>
    public static IEnumerable<KeyValuePair<string, string>> Flatten(IMessage message) => Flatten(message, "");

    /// <summary>A setting as text; empty where it is not set.</summary>
    /// <param name="message">The spec.</param>
    /// <param name="path">The setting's path.</param>
    public static string Get(IMessage message, string path) =>
        Flatten(message).FirstOrDefault(p => p.Key == path).Value ?? "";

    /// <summary>Writes a setting from text.</summary>
    /// <param name="message">The spec.</param>
    /// <param name="path">The setting's path.</param>
    /// <param name="text">Its value; empty: left unset.</param>
    /// <returns>What is wrong with the text; null where nothing is.</returns>
    public static string? Set(IMessage message, string path, string text)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        var field = message.Descriptor.FindFieldByName(dot < 0 ? path : path[..dot])
            ?? throw new ArgumentException($"{message.Descriptor.Name} has no field {path}.", nameof(path));
        text = text.Trim();
        if (text.Length == 0)
            return null;
        if (dot >= 0)
        {
            if (field.Accessor.GetValue(message) is not IMessage child)
            {
                child = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                field.Accessor.SetValue(message, child);
            }

            return Set(child, path[(dot + 1)..], text);
        }

        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                list.Add(item);
            return null;
        }

        if (Parse(field, text) is not { } value)
            return Expectation(field);
        field.Accessor.SetValue(message, value);
        return null;
    }

    /// <summary>An enum's value as people write it: <c>PRECISION_BF16</c> is <c>bf16</c>.</summary>
    /// <param name="value">The value.</param>
    public static string EnumWord(EnumValueDescriptor value)
    {
        var prefix = value.EnumDescriptor.Values[0].Name.Replace("UNSPECIFIED", "", StringComparison.Ordinal);
        return value.Name[prefix.Length..].ToLowerInvariant();
    }

    private static IEnumerable<KeyValuePair<string, string>> Flatten(IMessage message, string prefix)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                var items = ((System.Collections.IEnumerable)value).Cast<object>().ToList();
                if (items.Count > 0)
                    yield return new(prefix + field.Name, string.Join(", ", items));
            }
            else if (field.FieldType is FieldType.Message)
            {
                foreach (var pair in value is IMessage child ? Flatten(child, $"{prefix}{field.Name}.") : [])
                    yield return pair;
            }
            else if (field.HasPresence ? field.Accessor.HasValue(message) : IsGiven(value))
            {
                yield return new(prefix + field.Name, Text(field, value));
            }
        }
    }

    private static bool IsGiven(object value) => value switch
    {
        string text => text.Length > 0,
        System.Enum or int => Convert.ToInt32(value, CultureInfo.InvariantCulture) != 0,
        _ => true,
    };

    private static string Text(FieldDescriptor field, object value) => field.FieldType switch
    {
        FieldType.Enum => field.EnumType.FindValueByNumber(Convert.ToInt32(value, CultureInfo.InvariantCulture)) is { } v
            ? EnumWord(v)
            : "",
        FieldType.Bool => (bool)value ? "true" : "false",
        FieldType.Double => ((double)value).ToString("0.##############", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static object? Parse(FieldDescriptor field, string text)
    {
        var digits = text.Replace(",", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        var culture = CultureInfo.InvariantCulture;
        return field.FieldType switch
        {
            FieldType.String => text,
            FieldType.Int32 => int.TryParse(digits, Whole, culture, out var i) ? i : null,
            FieldType.Int64 => long.TryParse(digits, Whole, culture, out var l) ? l : null,
            FieldType.Double => double.TryParse(digits, NumberStyles.Float, culture, out var d) ? d : null,
            FieldType.Bool => bool.TryParse(text, out var b) ? b : null,
            FieldType.Enum => field.EnumType.Values.FirstOrDefault(v => EnumWord(v) == text)?.Number is { } n
                ? Enum.ToObject(field.EnumType.ClrType, n)
                : null,
            _ => null,
        };
    }

    private static string Expectation(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Int32 or FieldType.Int64 => "A whole number is wanted.",
        FieldType.Double => "A number is wanted, such as 0.1 or 6e-4.",
        FieldType.Bool => "true or false is wanted.",
        FieldType.Enum => "One of: " + string.Join(", ", field.EnumType.Values.Skip(1).Select(EnumWord)) + ".",
        _ => "This cannot be read.",
    };
}
