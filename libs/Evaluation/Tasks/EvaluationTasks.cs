namespace Platform.Evals;

/// <summary>The tasks that are built in.</summary>
public static class EvaluationTasks
{
    private static readonly string[] s_definitions =
        ["arc_challenge", "arc_easy", "lambada_openai", "openbookqa", "piqa", "winogrande"];

    private static readonly Lazy<IReadOnlyList<EvaluationTask>> s_all = new(() =>
    [
        new HellaSwagTask(),
        .. s_definitions.Select(ReadDefinition),
        new PerplexityTask(),
    ]);

    /// <summary>All of them, HellaSwag first.</summary>
    public static IReadOnlyList<EvaluationTask> All => s_all.Value;

    /// <summary>A task by its name; null where there is none.</summary>
    public static EvaluationTask? Find(string name) => All.FirstOrDefault(task => task.Name == name);

    /// <summary>A task by its name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static EvaluationTask Get(string name) => Find(name) ?? throw new ArgumentException(
        $"There is no task '{name}'; there are: {string.Join(", ", All.Select(task => task.Name))}.", nameof(name));

    private static DefinedTask ReadDefinition(string name)
    {
        var file = name + ".yaml";
        using var stream = typeof(EvaluationTasks).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        return new DefinedTask(TaskDefinitionReader.Read(reader.ReadToEnd(), file));
    }
}
