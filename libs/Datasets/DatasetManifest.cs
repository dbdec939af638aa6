using System.Text.Json;
using Platform.Datasets.Readers;

namespace Platform.Datasets;

/// <summary>
/// <c>manifest.json</c>: what a finished data set holds. It is written last, so a folder without it is no data set.
/// </summary>
public sealed record DatasetManifest
{
    /// <summary>The format that this program writes, and the newest it reads.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The format of data sets whose every token counts; older programs read them.</summary>
    public const int PlainFormat = 1;

    /// <summary>Its file's name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The format of this file: 2 where instructions have a loss mask or rows, which a program that knows
    /// nothing of them must not train on; else 1.</summary>
    public int FormatVersion { get; init; } = PlainFormat;

    /// <summary>The data set's id and its folder's name.</summary>
    public required string Id { get; init; }

    /// <summary>What it holds.</summary>
    public required DatasetKind Kind { get; init; }

    /// <summary>How it was made: the DatasetSpec of the contract in JSON with proto field names.</summary>
    public JsonElement? Spec { get; init; }

    /// <summary>When its preparation ended.</summary>
    public required DateTimeOffset CompleteTime { get; init; }

    /// <summary>Documents or items.</summary>
    public required long DocumentCount { get; init; }

    /// <summary>Bytes of text, in UTF-8.</summary>
    public required long TextBytes { get; init; }

    /// <summary>Tokens to train on.</summary>
    public long TrainTokens { get; init; }

    /// <summary>Tokens to validate on.</summary>
    public long ValidationTokens { get; init; }

    /// <summary>For token shards.</summary>
    public DatasetTokenizer? Tokenizer { get; init; }

    /// <summary>For token shards of prompts with responses.</summary>
    public InstructionFacts? Instructions { get; init; }

    /// <summary>How long its documents are: in tokens for shards, else in characters.</summary>
    public LengthHistogram? Lengths { get; init; }

    /// <summary>Records that were passed over because something was wrong with them.</summary>
    public long SkippedCount { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<SkippedRecord> Skipped { get; init; } = [];

    /// <summary>All files but this one, in order.</summary>
    public required IReadOnlyList<DatasetFile> Files { get; init; }
}
