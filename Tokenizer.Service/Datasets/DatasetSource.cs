using System.Text.Json.Nodes;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Tokenization;
using Rule = Platform.Datasets.Readers.DocumentRule;
using SkippedRecord = Platform.Datasets.Readers.SkippedRecord;

namespace Platform.TokenizerHost.Datasets;

/// <summary>What a data set is made from: files, or the bundled corpus; tells how much of it was read.</summary>
/// <param name="spec">Checked, with defaults.</param>
/// <param name="files">For <c>spec.inputs</c>; empty for the bundled corpus.</param>
/// <param name="validationFiles">For <c>spec.validation_inputs</c>.</param>
/// <param name="report">Told of units done so far, units in all, the unit's name, and what is done with them.</param>
internal sealed class DatasetSource(
    DatasetSpec spec,
    IReadOnlyList<SourceFile> files,
    IReadOnlyList<SourceFile> validationFiles,
    Action<long, long, string, string> report)
{
    private readonly RecordText _text = TextOf(spec);
    private readonly SkippedRecords? _skipped = spec.SkipBadRecords ? new SkippedRecords() : null;
    private readonly SkippedRecords? _skippedValidation = spec.SkipBadRecords ? new SkippedRecords() : null;
    private long _done;
    private string _phase = OwnPhase(spec);

    /// <summary>What files a spec's inputs are to be.</summary>
    public static InputKind KindOf(DatasetSpec spec) => spec.FromShards ? InputKind.Shards : InputKind.Texts;

    /// <summary>All files that are read.</summary>
    public IEnumerable<SourceFile> Files => files.Concat(validationFiles);

    /// <summary>Records that the last pass over the sources left out.</summary>
    public long SkippedCount => (_skipped?.Count ?? 0) + (_skippedValidation?.Count ?? 0);

    /// <summary>The first of them.</summary>
    public IReadOnlyList<SkippedRecord> Skipped =>
        [.. (_skipped?.Listed ?? []).Concat(_skippedValidation?.Listed ?? []).Take(SkippedRecords.MaxListed)];

    /// <summary>How a record becomes a text.</summary>
    /// <exception cref="FormatException">A template names no field.</exception>
    public static RecordText TextOf(DatasetSpec spec)
    {
        if (spec.Instructions is { } instructions)
            return RecordText.OfInstruction(spec.Template, instructions.Response);
        return spec.Template.Length > 0 ? RecordText.OfTemplate(spec.Template) : RecordText.OfField(spec.TextField);
    }

    /// <summary>How a spec's files are read.</summary>
    public static DocumentReader ReaderOf(DatasetSpec spec, SkippedRecords? skipped) =>
        new(TextOf(spec), (Rule)(int)spec.DocumentRule, skipped);

    /// <summary>All documents, from the beginning at every call.</summary>
    public IEnumerable<SourceDocument> Documents() => spec.Bundled is { } bundled
        ? OfBundle(bundled)
        : Each(files, _skipped, (reader, file, onRead) => reader.Read(file, onRead));

    /// <summary>All texts for token shards, from the beginning at every call.</summary>
    /// <param name="mayCut">Whether long documents may come in parts.</param>
    public IEnumerable<SourceText> Texts(bool mayCut) => spec.Bundled is { } bundled
        ? OfBundle(bundled).Select(SourceText.Of)
        : Each(files, _skipped, (reader, file, onRead) => reader.ReadTexts(file, mayCut, onRead));

    /// <summary>The same in a pass of its own, for how many characters there are.</summary>
    public IEnumerable<SourceText> TextsToCount(bool mayCut)
    {
        try
        {
            _phase = "counting characters";
            foreach (var text in Texts(mayCut))
                yield return text;
        }
        finally
        {
            _phase = OwnPhase(spec);
        }
    }

    /// <summary>All texts to validate on; read behind the others.</summary>
    public IEnumerable<SourceText> ValidationTexts(bool mayCut) => Each(
        validationFiles, _skippedValidation, (reader, file, onRead) => reader.ReadTexts(file, mayCut, onRead));

    /// <summary>Writes the token shards that the files are as shards of our own.</summary>
    public PreparedContent ImportShards(
        TextTokenizer tokenizer, TokenOptions options, PreparationFolder folder, CancellationToken cancellationToken)
    {
        var total = Files.Sum(file => file.SizeBytes);
        return new ShardImport(tokenizer, options, done => report(done, total, "bytes", _phase))
            .Write(files, validationFiles, folder, cancellationToken);
    }

    /// <summary>All records for evaluation items.</summary>
    public IEnumerable<(string File, long Line, JsonObject Record)> Items() => spec.Bundled is { } bundled
        ? Counted(BundledDocuments.Items(Corpus(bundled), bundled.ItemCount), bundled.ItemCount, "items")
            .Select((record, index) => ("the bundled corpus", index + 1L, record))
        : files.SelectMany(file => DocumentReader.ReadRecords(file, OnRead, _skipped)
            .Select(record => (file.Name, record.Line, record.Record)));

    /// <summary>Where items with something wrong in them are noted; null: they are errors.</summary>
    public SkippedRecords? SkippedItems => _skipped;

    private static StoryCorpus Corpus(BundledCorpus bundled) => new(bundled.Seed);

    private IEnumerable<SourceDocument> OfBundle(BundledCorpus bundled)
    {
        foreach (var record in BundledRecords(bundled))
        {
            var text = _text.Of(record, out var promptLength);
            yield return new SourceDocument(text, record, promptLength);
        }
    }

    private IEnumerable<JsonObject> BundledRecords(BundledCorpus bundled)
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
            report(done += record["text"]!.GetValue<string>().Length, sizeBytes, "bytes", _phase);
        }
    }

    private IEnumerable<JsonObject> Counted(IEnumerable<JsonObject> records, long total, string unit)
    {
        var done = 0L;
        foreach (var record in records)
        {
            yield return record;
            report(++done, total, unit, _phase);
        }
    }

    private IEnumerable<T> Each<T>(
        IReadOnlyList<SourceFile> sources,
        SkippedRecords? skipped,
        Func<DocumentReader, SourceFile, Action<long>, IEnumerable<T>> read)
    {
        // Every pass counts anew.
        skipped?.Clear();
        _done = ReferenceEquals(sources, files) ? 0 : files.Sum(file => file.SizeBytes);
        var reader = ReaderOf(spec, skipped);
        foreach (var file in sources)
        {
            foreach (var item in read(reader, file, OnRead))
                yield return item;
        }
    }

    private void OnRead(long bytes) => report(_done += bytes, Files.Sum(file => file.SizeBytes), "bytes", _phase);

    private static string OwnPhase(DatasetSpec spec) =>
        spec.Kind == DatasetKind.Tokens && !spec.FromShards ? "encoding" : "reading";
}
