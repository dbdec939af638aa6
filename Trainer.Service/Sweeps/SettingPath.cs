using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>A setting of RunSpec by its path in proto names, such as <c>lora.rank</c>.</summary>
internal sealed class SettingPath
{
    private readonly List<FieldDescriptor> _fields;

    private SettingPath(string text, List<FieldDescriptor> fields)
    {
        Text = text;
        _fields = fields;
    }

    /// <summary>The path.</summary>
    public string Text { get; }

    private FieldDescriptor Leaf => _fields[^1];

    /// <summary>Finds a setting.</summary>
    /// <param name="text">Its path.</param>
    /// <param name="problem">What is wrong, where null is answered.</param>
    public static SettingPath? TryParse(string text, out string problem)
    {
        var fields = new List<FieldDescriptor>();
        var message = RunSpec.Descriptor;
        foreach (var word in text.Split('.'))
        {
            var parent = fields.Count == 0 ? "a run's spec" : string.Join('.', fields.Select(f => f.Name));
            if (message?.FindFieldByName(word) is not { } field)
            {
                problem = message is null
                    ? $"'{parent}' is a setting; it has no '{word}'."
                    : $"There is no setting '{text}': {parent} has no '{word}', only {Names(message)}.";
                return null;
            }

            fields.Add(field);
            message = field.FieldType == FieldType.Message ? field.MessageType : null;
        }

        problem = message is not null
            ? $"'{text}' is a group of settings; name one of {Names(message)}."
            : text == "dataset" ? "Data sets are given by `datasets`, not by an axis." : "";
        return problem.Length == 0 ? new SettingPath(text, fields) : null;
    }

    /// <summary>Whether it takes whole numbers alone.</summary>
    public bool IsWhole => Leaf is { IsRepeated: false, FieldType: FieldType.Int32 or FieldType.Int64 };

    /// <summary>Whether it takes one number.</summary>
    public bool IsNumber => IsWhole || Leaf is { IsRepeated: false, FieldType: FieldType.Double };

    /// <summary>The setting's value in a spec, as an axis would give it.</summary>
    public Value Get(RunSpec spec)
    {
        IMessage? message = spec;
        foreach (var field in _fields.SkipLast(1))
            message = message is null ? null : field.Accessor.GetValue(message) as IMessage;
        if (message is null)
            return Value.ForNull();
        var found = Leaf.Accessor.GetValue(message);
        return Leaf.IsRepeated
            ? Value.ForList([.. ((System.Collections.IEnumerable)found).Cast<object>().Select(ToValue)])
            : ToValue(found);
    }

    /// <summary>Sets the setting in a spec.</summary>
    /// <returns>What is wrong with the value; null where nothing is.</returns>
    public string? TrySet(RunSpec spec, Value value)
    {
        IMessage message = spec;
        foreach (var field in _fields.SkipLast(1))
        {
            if (field.Accessor.GetValue(message) is not IMessage inner)
            {
                inner = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                field.Accessor.SetValue(message, inner);
            }

            message = inner;
        }

        if (!Leaf.IsRepeated)
        {
            var single = Convert(value, out var problem);
            if (single is not null)
                Leaf.Accessor.SetValue(message, single);
            return problem;
        }

        var list = (System.Collections.IList)Leaf.Accessor.GetValue(message);
        list.Clear();
        var items = value.KindCase == Value.KindOneofCase.ListValue ? value.ListValue.Values : [value];
        foreach (var item in items)
        {
            var element = Convert(item, out var problem);
            if (element is null)
                return problem;
            list.Add(element);
        }

        return null;
    }

    private Value ToValue(object found) => found switch
    {
        bool flag => Value.ForBool(flag),
        string text => Value.ForString(text),
        _ when Leaf.FieldType == FieldType.Enum => Value.ForString(ShortName(
            Leaf.EnumType.FindValueByNumber((int)found) ?? Leaf.EnumType.Values[0])),
        IConvertible number => Value.ForNumber(number.ToDouble(CultureInfo.InvariantCulture)),
        _ => Value.ForNull(),
    };

    private object? Convert(Value value, out string? problem)
    {
        var kind = value.KindCase;
        var (result, expected) = Leaf.FieldType switch
        {
            FieldType.Int32 => ((object?)(int?)ToInteger(value, int.MaxValue), "a whole number"),
            FieldType.Int64 => (ToInteger(value, long.MaxValue), "a whole number"),
            FieldType.Double => (kind == Value.KindOneofCase.NumberValue ? value.NumberValue : null, "a number"),
            FieldType.Bool => (kind == Value.KindOneofCase.BoolValue ? value.BoolValue : null, "true or false"),
            FieldType.Enum => (ToEnum(value.StringValue), EnumNames()),
            _ => (kind == Value.KindOneofCase.StringValue ? value.StringValue : null, "a text"),
        };
        problem = result is null ? $"{Text} takes {expected}, not {value}." : null;
        return result;
    }

    // Beyond 2^53 a number of JSON is no exact integer any more.
    private static long? ToInteger(Value value, double most) =>
        value.KindCase == Value.KindOneofCase.NumberValue && double.IsInteger(value.NumberValue)
        && Math.Abs(value.NumberValue) <= Math.Min(most, 1L << 53)
            ? (long)value.NumberValue
            : null;

    private int? ToEnum(string name) => Leaf.EnumType.Values
        .FirstOrDefault(v => v.Number != 0 && IsNamed(v, name))?.Number;

    private string EnumNames() =>
        "one of " + string.Join(", ", Leaf.EnumType.Values.Where(value => value.Number != 0).Select(ShortName));

    private static bool IsNamed(EnumValueDescriptor value, string name) =>
        value.Name == name || string.Equals(ShortName(value), name, StringComparison.OrdinalIgnoreCase);

    // PRECISION_BF16 → BF16: the enumeration's own name stands before each value.
    private static string ShortName(EnumValueDescriptor value)
    {
        var first = value.EnumDescriptor.Values[0].Name;
        return value.Name[(first.Length - "UNSPECIFIED".Length)..];
    }

    private static string Names(MessageDescriptor message) =>
        string.Join(", ", message.Fields.InDeclarationOrder().Select(field => field.Name));
}
