using Google.Protobuf;
using Google.Protobuf.Reflection;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Platform.Specs;

/// <summary>Sets one field of a spec by its path: <c>--set optimizer.learning_rate=1e-3</c>.</summary>
public static class SpecAssignment
{
    /// <summary>Applies <c>path=value</c>; the value is YAML, so <c>[1, 2]</c> is a list.</summary>
    /// <exception cref="SpecException">No such field, or a value that it does not take.</exception>
    public static void Apply(IMessage message, string assignment)
    {
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new SpecException($"--set {assignment}: write it as path=value.");
        var path = assignment[..equals];
        var parts = path.Split('.');
        for (var i = 0; i < parts.Length - 1; i++)
            message = Descend(message, parts[i], path);
        var field = Find(message.Descriptor, parts[^1], path);
        var text = assignment[(equals + 1)..];
        var value = field is { FieldType: FieldType.String, IsRepeated: false } ? Quoted(text) : ParseValue(text, path);
        new SpecMapper($"--set {path}").SetField(message, field, value, path);
    }

    private static IMessage Descend(IMessage message, string name, string path)
    {
        var field = Find(message.Descriptor, name, path);
        if (field.FieldType != FieldType.Message || field.IsRepeated)
            throw new SpecException($"--set {path}: '{name}' has no fields of its own.");
        if (field.Accessor.GetValue(message) is IMessage existing)
            return existing;
        var created = field.MessageType.Parser.ParseFrom(ByteString.Empty);
        field.Accessor.SetValue(message, created);
        return created;
    }

    private static FieldDescriptor Find(MessageDescriptor type, string name, string path) =>
        type.FindFieldByName(name) ?? throw new SpecException(
            $"--set {path}: there is no '{name}'. Known: "
            + $"{string.Join(", ", type.Fields.InDeclarationOrder().Select(field => field.Name))}.");

    private static YamlNode ParseValue(string text, string path)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException)
        {
            // Text with YAML's own signs in it: taken as it stands.
            return Quoted(text);
        }

        return yaml.Documents switch
        {
            [] => Quoted(text),
            [{ RootNode: YamlMappingNode }] =>
                throw new SpecException($"--set {path}: give the inner fields one by one."),
            [var document] => document.RootNode,
            _ => Quoted(text),
        };
    }

    private static YamlScalarNode Quoted(string text) => new(text) { Style = ScalarStyle.DoubleQuoted };
}
