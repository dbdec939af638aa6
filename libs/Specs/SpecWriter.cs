using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Platform.Specs;

/// <summary>Writes a spec as the YAML that <see cref="SpecFile"/> reads: what is set, by its proto names.</summary>
public static partial class SpecWriter
{
    /// <summary>A spec as YAML; empty where nothing is set.</summary>
    /// <param name="message">The spec.</param>
    public static string Write(IMessage message)
    {
        var text = new StringBuilder();
        Write(text, message, "");
        return text.ToString();
    }

    private static void Write(StringBuilder text, IMessage message, string indent)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                if (value is IList { Count: > 0 } list)
                    WriteList(text, field, list, indent);
            }
            else if (field.FieldType is FieldType.Message)
            {
                if (value is IMessage child)
                    WriteChild(text, field, child, indent);
            }
            else if (field.HasPresence ? field.Accessor.HasValue(message) : IsGiven(value))
            {
                text.Append(indent).Append(field.Name).Append(": ").Append(Scalar(field, value)).Append('\n');
            }
        }
    }

    private static void WriteChild(StringBuilder text, FieldDescriptor field, IMessage child, string indent)
    {
        if (child is Value single)
        {
            text.Append(indent).Append(field.Name).Append(": ").Append(Flow(single)).Append('\n');
            return;
        }

        var inner = new StringBuilder();
        Write(inner, child, indent + "  ");
        text.Append(indent).Append(field.Name).Append(inner.Length == 0 ? ": {}\n" : ":\n").Append(inner);
    }

    private static void WriteList(StringBuilder text, FieldDescriptor field, IList list, string indent)
    {
        text.Append(indent).Append(field.Name).Append(':');
        if (field.FieldType is not FieldType.Message || list[0] is Value)
        {
            var items = list.Cast<object>().Select(item => item is Value value ? Flow(value) : Scalar(field, item));
            text.Append(" [").AppendJoin(", ", items).Append("]\n");
            return;
        }

        text.Append('\n');
        foreach (IMessage item in list)
        {
            var inner = new StringBuilder();
            Write(inner, item, indent + "    ");
            // The item's first line carries the dash.
            text.Append(indent).Append("  - ");
            text.Append(inner.Length == 0 ? "{}\n" : inner.ToString()[(indent.Length + 4)..]);
        }
    }

    private static string Flow(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.ListValue => $"[{string.Join(", ", value.ListValue.Values.Select(Flow))}]",
        Value.KindOneofCase.NumberValue => Number(value.NumberValue),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.StringValue => Text(value.StringValue),
        _ => "null",
    };

    private static string Scalar(FieldDescriptor field, object value) => field.FieldType switch
    {
        FieldType.Enum => ScalarText.EnumWord(field.EnumType, Convert.ToInt32(value, CultureInfo.InvariantCulture)),
        FieldType.Bool => (bool)value ? "true" : "false",
        FieldType.Double => Number((double)value),
        FieldType.Float => Number((float)value),
        FieldType.String => Text((string)value),
        FieldType.Bytes => Text(((ByteString)value).ToStringUtf8()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    // In quotation marks wherever YAML, or a reader who guesses types, could take it for something else. What JSON
    // escapes, YAML's double quotes read alike.
    private static string Text(string text) =>
        PlainText().IsMatch(text) && !Words().IsMatch(text) ? text : JsonSerializer.Serialize(text);

    private static bool IsGiven(object value) => value switch
    {
        string text => text.Length > 0,
        ByteString bytes => bytes.Length > 0,
        bool yes => yes,
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture) != 0,
    };

    [GeneratedRegex(@"^[A-Za-z_][\w./@-]*(:[\w./@-]+)*\z")]
    private static partial Regex PlainText();

    [GeneratedRegex(@"^(true|false|yes|no|on|off|null|nan|inf|infinity|y|n)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
