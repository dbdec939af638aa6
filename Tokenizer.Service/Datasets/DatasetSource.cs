using System.Text.Json.Nodes;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Rule = Platform.Datasets.Readers.DocumentRule;

namespace Platform.TokenizerHost.Datasets;

/// <summary>What a data set is made from: files, or the bundled corpus; tells how much of it was read.</summary>
/// <param name="spec">Checked, with defaults.</param>
/// <param name="files">For <c>spec.inputs</c>; empty for the bundled corpus.</param>
/// <param name="report">Told of units done so far, units in all, and the unit's name.</param>
internal sealed class DatasetSource(
    DatasetSpec spec, IReadOnlyList<SourceFile> files, Action<long, long, string> report)
{
    private readonly RecordText _text = spec.Template.Length > 0
        ? RecordText.OfTemplate(spec.Template)
        : RecordText.OfField(spec.TextField);

    /// <summary>All documents, from the beginning at every call.</summary>
    public IEnumerable<SourceDocument> Documents() => spec.Bundled is { } bundled
        ? Bundled(bundled).Select(record => new SourceDocument(_text.Of(record), record))
        : FileDocuments();

    /// <summary>All records for evaluation items.</summary>
    public IEnumerable<(string File, long Line, JsonObject Record)> Items() => spec.Bundled is { } bundled
        ? Counted(BundledDocuments.Items(Corpus(bundled), bundled.ItemCount), bundled.ItemCount, "items")
            .Select((record, index) => ("the bundled corpus", index + 1L, record))
        : FileRecords();

    private static StoryCorpus Corpus(BundledCorpus bundled) => new(bundled.Seed);

    private IEnumerable<JsonObject> Bundled(BundledCorpus bundled)
    {
        var corpus = Corpus(bundled);
        var count = bundled.ItemCount;
        return bundled.Form switch
        {
            CorpusForm.Stories => CountedStories(corpus, bundled.SizeBytes),
            CorpusForm.Endings => Counted(BundledDocuments.Endings(corpus, count), count, "documents"),
            CorpusForm.Reviews => Counted(BundledDocuments.Reviews(corpus, count), count, "documents"),
            _ => Counted(BundledDocuments.Instructions(corpus, count), count, "documents"),
        };
    }

    private IEnumerable<JsonObject> CountedStories(StoryCorpus corpus, long sizeBytes)
    {
        var done = 0L;
        foreach (var record in BundledDocuments.Stories(corpus, sizeBytes))
        {
            yield return record;
            // The stories are plain ASCII, so characters are bytes.
            report(done += record["text"]!.GetValue<string>().Length, sizeBytes, "bytes");
        }
    }

    private IEnumerable<JsonObject> Counted(IEnumerable<JsonObject> records, long total, string unit)
    {
        var done = 0L;
        foreach (var record in records)
        {
            yield return record;
            report(++done, total, unit);
        }
    }

    private IEnumerable<SourceDocument> FileDocuments()
    {
        var reader = new DocumentReader(_text, (Rule)(int)spec.DocumentRule);
        return files.Zip(Progress(), (file, onRead) => reader.Read(file, onRead)).SelectMany(documents => documents);
    }

    private IEnumerable<(string File, long Line, JsonObject Record)> FileRecords() =>
        files.Zip(Progress(), (file, onRead) => DocumentReader.ReadRecords(file, onRead)
            .Select(record => (file.Name, record.Line, record.Record))).SelectMany(records => records);

    /// <summary>The same counter for each file; it begins anew with each pass over the files.</summary>
    private IEnumerable<Action<long>> Progress()
    {
        var total = files.Sum(file => file.SizeBytes);
        var done = 0L;
        void OnRead(long bytes) => report(done += bytes, total, "bytes");
        return Enumerable.Repeat((Action<long>)OnRead, files.Count);
    }
}
