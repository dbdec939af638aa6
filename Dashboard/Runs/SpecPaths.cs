using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Platform.Specs;

namespace Platform.Dashboard.Runs;

/// <summary>
/// Reads and writes settings of a spec by their paths in the proto, such as <c>batch.micro_batch_size</c>: the same
/// names that services use in their errors and that people write in YAML.
/// </summary>
public static class SpecPaths
{
    private static readonly JsonFormatter _json =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Every setting that a spec can have, in the proto's order.</summary>
    /// <param name="type">The spec's type.</param>
    public static IEnumerable<KeyValuePair<string, FieldDescriptor>> Leaves(MessageDescriptor type) =>
        type.Fields.InFieldNumberOrder().SelectMany(field =>
            field is { FieldType: FieldType.Message, IsRepeated: false }
                ? Leaves(field.MessageType).Select(l => KeyValuePair.Create($"{field.Name}.{l.Key}", l.Value))
                : [KeyValuePair.Create(field.Name, field)]);

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

        if (field.IsRepeated && field.FieldType is FieldType.Message)
            return SetMessages(message, field, text);
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            var items = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (var item in items)
                list.Add(item);
            return null;
        }

        // People group digits by commas; YAML does not.
        if (field.FieldType is FieldType.Int32 or FieldType.Int64 or FieldType.Double)
            text = text.Replace(",", "", StringComparison.Ordinal);
        try
        {
            field.Accessor.SetValue(message, ScalarText.Parse(field, text));
            return null;
        }
        catch (FormatException problem)
        {
            return problem.Message;
        }
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
                    yield return new(prefix + field.Name, Text(items));
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

    // As YAML takes it: what stands between the brackets is JSON, which is YAML too.
    private static string Text(List<object> items) => items[0] is IMessage
        ? $"[{string.Join(", ", items.Select(i => _json.Format((IMessage)i)))}]"
        : string.Join(", ", items);

    private static string? SetMessages(IMessage message, FieldDescriptor field, string text)
    {
        try
        {
            SpecFile.ParseInto(message, $"{field.Name}: {text}", field.Name);
            return null;
        }
        catch (SpecException problem)
        {
            return problem.Message;
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
        FieldType.Enum => ScalarText.EnumWord(field.EnumType, Convert.ToInt32(value, CultureInfo.InvariantCulture)),
        FieldType.Bool => (bool)value ? "true" : "false",
        FieldType.Double => ((double)value).ToString("0.##############", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
