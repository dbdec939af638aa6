namespace Platform.Datasets.Corpus;

/// <summary>Something to do with a story, in Alpaca's fields.</summary>
/// <param name="Instruction">What to do.</param>
/// <param name="Input">What to do it with; may be empty.</param>
/// <param name="Output">What should be answered.</param>
public sealed record InstructionItem(string Instruction, string Input, string Output);
