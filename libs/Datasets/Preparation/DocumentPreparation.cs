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

    /// <summary>Writes all documents into a folder.</summary>
    /// <exception cref="EmptyDatasetException">There are none.</exception>
    public static PreparedContent Write(
        IEnumerable<SourceDocument> documents, string folder, CancellationToken cancellationToken)
    {
        using var writer = new RecordWriter(folder, DatasetFolder.DocumentsFileName, FileBytes);
        var textBytes = 0L;
        var lengths = new LengthHistogram();
        foreach (var document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = new JsonObject { [TextField] = document.Text };
            foreach (var (name, value) in document.Fields ?? [])
            {
                if (name != TextField)
                    record[name] = value?.DeepClone();
            }

            writer.Append(record);
            textBytes += Encoding.UTF8.GetByteCount(document.Text);
            lengths.Add(document.Text.Length);
        }

        if (writer.Count == 0)
            throw new EmptyDatasetException("The sources hold no text.");
        return new PreparedContent(writer.Complete(), writer.Count, textBytes) { Lengths = lengths };
    }
}
