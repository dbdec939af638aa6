using Google.Protobuf;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Platform.Specs;

/// <summary>Reads a spec from YAML: the proto message's own fields by their proto names.</summary>
public static class SpecFile
{
    /// <summary>Fills <paramref name="message"/> from a file.</summary>
    /// <exception cref="SpecException">No such file, no YAML, or an unknown or wrong key, with its line.</exception>
    public static void ReadInto(IMessage message, string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException($"The spec cannot be read: {e.Message}");
        }

        ParseInto(message, text, Path.GetFileName(path));
    }

    /// <summary>Fills <paramref name="message"/> from a text; <paramref name="source"/> names it in messages.</summary>
    public static void ParseInto(IMessage message, string text, string source)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new SpecException($"{source}:{e.Start.Line}: {e.Message}");
        }

        if (yaml.Documents.Count == 0)
            return;
        new SpecMapper(source).Map(yaml.Documents[0].RootNode, message, string.Empty);
    }
}
