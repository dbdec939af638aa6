using Platform.Datasets.Readers;
using Platform.Tokenization.Training;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Training text, to be read once.</summary>
/// <param name="files">In order.</param>
/// <param name="recordText">How a record becomes a text.</param>
/// <param name="skipped">Notes records with something wrong in them; null: they are errors.</param>
internal sealed class TrainingTextSource(
    IReadOnlyList<SourceFile> files, RecordText recordText, SkippedRecords? skipped)
{
    private long _readBytes;

    /// <summary>Bytes of all files on disk.</summary>
    public long TotalBytes { get; } = files.Sum(file => file.SizeBytes);

    /// <summary>Bytes read from the disk so far.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>Records that were passed over.</summary>
    public long SkippedCount => skipped?.Count ?? 0;

    /// <summary>The first of them.</summary>
    public IReadOnlyList<SkippedRecord> Skipped => skipped?.Listed ?? [];

    /// <summary>All texts of all files; a long document comes in parts, so that none has to fit into memory.</summary>
    public IEnumerable<TextChunk> Chunks()
    {
        // A part ends its document where the next one begins another; the last one always does.
        SourceText? last = null;
        foreach (var text in Texts(mayCut: true))
        {
            if (last is { } part)
                yield return new TextChunk(part.Utf8, text.BeginsDocument);
            last = text;
        }

        if (last is { } end)
            yield return new TextChunk(end.Utf8, EndsDocument: true);
    }

    /// <summary>All documents of all files, each whole.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Documents() => Texts(mayCut: false).Select(text => text.Utf8);

    private IEnumerable<SourceText> Texts(bool mayCut)
    {
        var reader = new DocumentReader(recordText, skipped: skipped);
        return files.SelectMany(
            file => reader.ReadTexts(file, mayCut, bytes => Interlocked.Add(ref _readBytes, bytes)));
    }
}
