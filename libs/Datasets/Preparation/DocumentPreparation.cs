using System.Text;
using System.Text.Json.Nodes;
using Platform.Datasets.Readers;

namespace Platform.Datasets.Preparation;

/// <summary>Writes documents as <c>documents-00000.jsonl</c> and on: <c>text</c> first, then the record's own fields.
/// </summary>
public static class DocumentPreparation
{
    private const string TextField = "text";
    private const long FileBytes = 256L * 1024 * 1024;

    /// <summary>Writes all documents into a folder, going on with what an earlier attempt left there.</summary>
    /// <param name="documents">All of them, from the first.</param>
    /// <param name="folder">Where to write them.</param>
    /// <param name="cancellationToken">Ends the work; it can be gone on with.</param>
    /// <exception cref="EmptyDatasetException">There are none.</exception>
    public static PreparedContent Write(
        IEnumerable<SourceDocument> documents, PreparationFolder folder, CancellationToken cancellationToken)
    {
        using var writer = new RecordWriter(folder, DatasetFolder.DocumentsFileName, FileBytes);
        var textBytes = 0L;
        var lengths = new LengthHistogram();
        foreach (var document in documents)
        {
            writer.StopIf(cancellationToken);
            writer.Append(() => Record(document));
            textBytes += Encoding.UTF8.GetByteCount(document.Text);
            lengths.Add(document.Text.Length);
        }

        if (writer.Count == 0)
            throw new EmptyDatasetException("The sources hold no text.");
        return new PreparedContent(writer.Complete(), writer.Count, textBytes) { Lengths = lengths };
    }

    private static JsonObject Record(SourceDocument document)
    {
        var record = new JsonObject { [TextField] = document.Text };
        foreach (var (name, value) in document.Fields ?? [])
        {
            if (name != TextField)
                record[name] = value?.DeepClone();
        }

        return record;
    }
}
