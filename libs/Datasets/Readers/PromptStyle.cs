namespace Platform.Datasets.Readers;

/// <summary>How an instruction, with or without input, is put to a model. Projects differ in details that a tuned model
/// learns; so each style is exactly its project's.</summary>
/// <param name="Name">What specs call it.</param>
/// <param name="WithInput">The prompt of a record whose <c>input</c> is not empty.</param>
/// <param name="WithoutInput">The prompt of any other record.</param>
public sealed record PromptStyle(string Name, string WithInput, string WithoutInput)
{
    /// <summary>What specs call Stanford's style.</summary>
    public const string StanfordName = "alpaca";

    private const string Task = "Below is an instruction that describes a task";
    private const string TaskWithInput =
        Task + ", paired with an input that provides further context. Write a response that appropriately completes the"
        + " request.\n\n";
    private const string TaskAlone = Task + ". Write a response that appropriately completes the request.\n\n";

    /// <summary>Stanford's: the response follows <c>### Response:</c> with nothing between (train.py of
    /// stanford_alpaca).</summary>
    public static PromptStyle Stanford { get; } = new(
        StanfordName,
        TaskWithInput + "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:",
        TaskAlone + "### Instruction:\n{instruction}\n\n### Response:");

    /// <summary>litgpt's (and axolotl's): a line feed follows <c>### Response:</c> (prompts.py of litgpt).</summary>
    public static PromptStyle Litgpt { get; } = new(
        "alpaca-litgpt", Stanford.WithInput + "\n", Stanford.WithoutInput + "\n");

    /// <summary>LLaMA-Factory's: the input is a further line of the instruction, without a heading (template.py).
    /// </summary>
    public static PromptStyle LlamaFactory { get; } = new(
        "alpaca-llamafactory",
        TaskAlone + "### Instruction:\n{instruction}\n{input}\n\n### Response:\n",
        TaskAlone + "### Instruction:\n{instruction}\n\n### Response:\n");

    /// <summary>All named styles.</summary>
    public static IReadOnlyList<PromptStyle> All { get; } = [Stanford, Litgpt, LlamaFactory];

    /// <summary>The style of a name, or null.</summary>
    public static PromptStyle? Find(string name) => All.FirstOrDefault(style => style.Name == name);
}
