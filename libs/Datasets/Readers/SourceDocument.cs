using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>A document as it was read.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Fields">The record's fields; null for text files.</param>
/// <param name="PromptLength">Characters at the text's beginning that are the prompt; 0 for plain texts.</param>
public sealed record SourceDocument(string Text, JsonObject? Fields = null, int PromptLength = 0);
