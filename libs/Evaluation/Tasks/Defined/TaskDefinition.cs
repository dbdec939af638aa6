namespace Platform.Evals;

/// <summary>A task as its YAML tells it (docs/decisions/0005).</summary>
/// <param name="Task">Its name.</param>
/// <param name="Version">Changes whenever the same input would give other figures.</param>
/// <param name="Description">What it asks, in a line.</param>
/// <param name="IsCompletion">Whether one ending is asked for, word for word; else one of several is chosen.</param>
/// <param name="Metric">The figure that stands for it.</param>
/// <param name="Chance">What a guess reaches.</param>
/// <param name="HasTestSplit">Whether lm-evaluation-harness grades a split called test.</param>
/// <param name="Preamble">What stands before everything.</param>
/// <param name="Delimiter">Between context and ending.</param>
/// <param name="DelimiterInExamples">The same in examples.</param>
/// <param name="ExampleDelimiter">Between examples.</param>
/// <param name="Forms">How to read a record; the first whose fields a record has.</param>
internal sealed record TaskDefinition(
    string Task,
    int Version,
    string Description,
    bool IsCompletion,
    string Metric,
    double? Chance,
    bool HasTestSplit,
    string Preamble,
    string Delimiter,
    string DelimiterInExamples,
    string ExampleDelimiter,
    IReadOnlyList<TaskForm> Forms);
