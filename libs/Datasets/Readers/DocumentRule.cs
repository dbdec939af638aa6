namespace Platform.Datasets.Readers;

/// <summary>How one file's text is divided into documents.</summary>
public enum DocumentRule
{
    /// <summary>By the file's type: a record of jsonl, json or csv, else the whole file split at the
    /// separator.</summary>
    ByType,

    /// <summary>A whole text file is one document; records stay documents.</summary>
    File,

    /// <summary>A line of a text file is a document; empty ones are passed over. Records stay documents.</summary>
    Line,
}
