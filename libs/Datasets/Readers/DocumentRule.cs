namespace Platform.Datasets.Readers;

/// <summary>How one file's text is divided into documents.</summary>
public enum DocumentRule
{
    /// <summary>By the file's type: a record of jsonl, json, csv, tsv or parquet, else the whole file split at the
    /// separator.</summary>
    ByType,

    /// <summary>A whole text file is one document; records stay documents.</summary>
    File,

    /// <summary>A line of a text file is a document; empty ones are passed over. Records stay documents.</summary>
    Line,

    /// <summary>A record is a document; a text file, which has none, is refused.</summary>
    Record,

    /// <summary>A text file is split at <c>&lt;|endoftext|&gt;</c>; records stay documents, unless such a mark stands
    /// in their text: then they are split there too.</summary>
    EndOfText,
}
