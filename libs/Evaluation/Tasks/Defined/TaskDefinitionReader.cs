using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Platform.Evals;

/// <summary>Reads a task's definition; an unknown key or a wrong value is refused with its line.</summary>
/// <param name="source">Names the text in messages.</param>
internal sealed class TaskDefinitionReader(string source)
{
    private static readonly string[] s_formKeys = ["context", "choices", "ending", "gold", "labels", "activity"];

    private static readonly string[] s_keys =
    [
        "task", "version", "description", "kind", "metric", "chance", "test_split", "preamble", "delimiter",
        "delimiter_in_examples", "example_delimiter", "forms", .. s_formKeys,
    ];

    /// <summary>Reads a definition.</summary>
    /// <exception cref="TaskDefinitionException">It is wrong.</exception>
    public static TaskDefinition Read(string yaml, string source)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream.Documents.Count == 1
                ? new TaskDefinitionReader(source).Read(stream.Documents[0].RootNode)
                : throw new TaskDefinitionException($"{source}: it must hold one definition.");
        }
        catch (YamlException e)
        {
            throw new TaskDefinitionException($"{source}:{e.Start.Line}: {e.Message}");
        }
    }

    private TaskDefinition Read(YamlNode node)
    {
        var root = Mapping(node, s_keys);
        var kind = Text(root, "kind") ?? "multiple_choice";
        if (kind is not ("multiple_choice" or "completion"))
            throw Error(root.Children["kind"], $"'{kind}' is no kind: multiple_choice or completion.");
        var delimiter = Text(root, "delimiter") ?? " ";
        return new TaskDefinition(
            Text(root, "task") is { Length: > 0 } name ? name : throw Error(root, "'task' must name the task."),
            (int)Number(root, "version", 1),
            Text(root, "description") ?? "",
            kind == "completion",
            Metric(root, kind == "completion"),
            root.Children.ContainsKey("chance") ? Number(root, "chance", 0) : null,
            Text(root, "test_split") == "true",
            Text(root, "preamble") ?? "",
            delimiter,
            Text(root, "delimiter_in_examples") ?? delimiter,
            Text(root, "example_delimiter") ?? "\n\n",
            Forms(root, kind == "completion"));
    }

    private string Metric(YamlMappingNode root, bool isCompletion)
    {
        string[] names = isCompletion
            ? [MetricNames.AccHarness]
            : [MetricNames.AccHarness, MetricNames.AccNormHarness, MetricNames.AccBytesHarness];
        var text = Text(root, "metric") ?? names[0];
        // lm-evaluation-harness's own names are understood too.
        return names.FirstOrDefault(name => name == text || name == text + "_harness")
            ?? throw Error(root.Children["metric"], $"'{text}' is none of {string.Join(", ", names)}.");
    }

    private List<TaskForm> Forms(YamlMappingNode root, bool isCompletion)
    {
        if (!root.Children.TryGetValue("forms", out var forms))
            return [Form(root, isCompletion)];
        if (forms is not YamlSequenceNode { Children.Count: > 0 } list)
            throw Error(forms, "'forms' must be a list.");
        return [.. list.Children.Select(form => Form(Mapping(form, s_formKeys), isCompletion))];
    }

    private TaskForm Form(YamlMappingNode node, bool isCompletion)
    {
        var form = new TaskForm(
            Templates(node, "context"),
            Templates(node, "choices"),
            Templates(node, "ending") switch
            {
                [] => null,
                [var ending] => ending,
                _ => throw Error(node, "'ending' must be one text."),
            },
            Templates(node, "gold").FirstOrDefault(),
            Templates(node, "labels"),
            Templates(node, "activity").FirstOrDefault());
        if (form.Contexts.Count == 0)
            throw Error(node, "'context' is missing.");
        if (isCompletion && (form.Ending is null || form.Choices.Count > 0 || form.Contexts.Count > 1))
            throw Error(node, "a completion needs one 'context' and an 'ending', and has no 'choices'.");
        if (!isCompletion && (form.Choices.Count == 0 || form.Gold is null))
            throw Error(node, "a choice needs 'choices' and 'gold'.");
        if (form.Contexts.Count > 1 && (form.Contexts.Count != form.Choices.Count || form.Ending is null))
            throw Error(node, "several contexts need as many 'choices', and an 'ending' that is scored after each.");
        return form;
    }

    private List<FieldTemplate> Templates(YamlMappingNode node, string key)
    {
        if (!node.Children.TryGetValue(key, out var value))
            return [];
        var items = value is YamlSequenceNode list ? list.Children : [value];
        return [.. items.Select(item => Template(item, key))];
    }

    private FieldTemplate Template(YamlNode node, string key)
    {
        try
        {
            return new FieldTemplate(
                (node as YamlScalarNode)?.Value ?? throw Error(node, $"'{key}' must be a text or a list of texts."));
        }
        catch (FormatException e)
        {
            throw Error(node, $"'{key}': {e.Message}.");
        }
    }

    private YamlMappingNode Mapping(YamlNode node, string[] keys)
    {
        if (node is not YamlMappingNode mapping)
            throw Error(node, "it must be a list of 'name: value' lines.");
        foreach (var key in mapping.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !keys.Contains(name))
                throw Error(key, $"Unknown key '{key}'. Known: {string.Join(", ", keys)}.");
        }

        return mapping;
    }

    private string? Text(YamlMappingNode node, string key)
    {
        if (!node.Children.TryGetValue(key, out var value))
            return null;
        return (value as YamlScalarNode)?.Value ?? throw Error(value, $"'{key}' must be a single text.");
    }

    private double Number(YamlMappingNode node, string key, double otherwise)
    {
        if (Text(node, key) is not { } text)
            return otherwise;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Error(node.Children[key], $"'{key}': '{text}' is no number.");
    }

    private TaskDefinitionException Error(YamlNode node, string message) =>
        new($"{source}:{node.Start.Line}: {message}");
}
