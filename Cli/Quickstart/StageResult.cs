using System.Text.Json.Nodes;

namespace Platform.Cli.Quickstart;

/// <summary>How a stage of the quickstart went: an object of quickstart.json.</summary>
/// <param name="Name">The stage: corpus, tokenizer, shards, pretrain, evaluate, sweep, generate.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="Passed">Whether it ended well and reached what it should.</param>
/// <param name="Error">Why not; null where it passed.</param>
/// <param name="Figures">What came out.</param>
internal sealed record StageResult(string Name, double Seconds, bool Passed, string? Error, JsonObject Figures);
