using System.Text.Json.Nodes;

namespace Platform.Datasets.Readers;

/// <summary>A document as it was read.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Fields">The record's fields; null for text files.</param>
public sealed record SourceDocument(string Text, JsonObject? Fields = null);
