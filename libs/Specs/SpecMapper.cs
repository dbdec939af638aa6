using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using YamlDotNet.RepresentationModel;

namespace Platform.Specs;

/// <summary>
/// Maps YAML nodes onto a proto message by its descriptor. Every key must be a field's name; an unknown one is refused
/// with its line and the nearest name.
/// </summary>
/// <param name="source">Names the file in messages.</param>
internal sealed class SpecMapper(string source)
{
    public void Map(YamlNode node, IMessage message, string path)
    {
        if (node is not YamlMappingNode mapping)
            throw Error(node, $"{Describe(path)} must be a list of 'name: value' lines.");
        foreach (var (key, value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
                throw Error(key, "A key must be a single name.");
            var field = message.Descriptor.FindFieldByName(name)
                ?? throw Error(key, UnknownKey(name, path, message.Descriptor));
            SetField(message, field, value, path.Length == 0 ? name : $"{path}.{name}");
        }
    }

    /// <summary>Sets one field from a node, lists and nested messages included.</summary>
    public void SetField(IMessage message, FieldDescriptor field, YamlNode node, string path)
    {
        if (IsNull(node))
            return;
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            list.Clear();
            // A single value stands for a list of one.
            var items = node is YamlSequenceNode sequence ? sequence.Children : [node];
            for (var i = 0; i < items.Count; i++)
                list.Add(Convert(field, items[i], $"{path}[{i}]"));
            return;
        }

        field.Accessor.SetValue(message, Convert(field, node, path));
    }

    private object Convert(FieldDescriptor field, YamlNode node, string path)
    {
        if (field.FieldType == FieldType.Message)
        {
            if (field.MessageType == Value.Descriptor)
                return ToValue(node);
            var message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            // A message that only wraps a list may be given as the list.
            var only = field.MessageType.Fields.InDeclarationOrder() is [var single] && single.IsRepeated
                ? single
                : null;
            if (only is not null && node is not YamlMappingNode)
                SetField(message, only, node, path);
            else
                Map(node, message, path);
            return message;
        }

        if (node is not YamlScalarNode { Value: { } text })
            throw Error(node, $"{Describe(path)} must be a single value.");
        try
        {
            return ScalarText.Parse(field, text);
        }
        catch (FormatException e)
        {
            throw Error(node, $"{Describe(path)}: {e.Message}");
        }
    }

    private Value ToValue(YamlNode node) => node switch
    {
        YamlSequenceNode sequence => Value.ForList([.. sequence.Children.Select(ToValue)]),
        YamlScalarNode { Value: { } text } scalar => scalar.Style is YamlDotNet.Core.ScalarStyle.Plain
            ? ScalarText.ToValue(text)
            : Value.ForString(text),
        _ => throw Error(node, "A value must be a number, a text, true, false or a list."),
    };

    private static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    private static string Describe(string path) => path.Length == 0 ? "The spec" : $"'{path}'";

    private static string UnknownKey(string name, string path, MessageDescriptor type)
    {
        var names = type.Fields.InDeclarationOrder().Select(field => field.Name).ToList();
        var nearest = names.MinBy(candidate => EditDistance.Between(candidate, name))!;
        var hint = EditDistance.Between(nearest, name) <= 3
            ? $"Did you mean '{nearest}'?"
            : $"Known: {string.Join(", ", names)}.";
        return $"Unknown key '{name}'{(path.Length == 0 ? string.Empty : $" in '{path}'")}. {hint}";
    }

    private SpecException Error(YamlNode node, string message) => new($"{source}:{node.Start.Line}: {message}");
}
