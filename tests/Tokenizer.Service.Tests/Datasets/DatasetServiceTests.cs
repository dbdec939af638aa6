using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.Datasets.Corpus;
using Platform.Datasets.Shards;
using Platform.Tokenization;
using Platform.Workspaces;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;

namespace Platform.Tokenizer.Service.Tests.Datasets;

public sealed class DatasetServiceTests : IAsyncDisposable
{
    private readonly DatasetHost _host = new();

    [Fact]
    public async Task CreateDataset_StoriesToTokens_MakesAFolderThatSuffices()
    {
        var dataset = await _host.MakeAsync(Stories(Kind.Unspecified, DatasetHost.Tokenizer), "stories");

        Assert.Equal(State.Succeeded, dataset.State);
        Assert.Equal("datasets/stories", dataset.Name);
        Assert.Equal(Kind.Tokens, dataset.Spec.Kind);
        Assert.True(dataset.Spec.DocumentSeparator);
        Assert.Equal(0.01, dataset.Spec.ValidationShare);
        Assert.Equal(100_000_000, dataset.Spec.ShardTokens);
        Assert.True(dataset.StartTime <= dataset.EndTime);
        var stories = new StoryCorpus(3).Stories(100_000).ToList();
        Assert.Equal(stories.Count, dataset.DocumentCount);
        Assert.Equal(stories.Sum(story => story.Text.Length), dataset.TextBytes);

        var folder = DatasetFolder.Open(_host["datasets/stories"]);
        await folder.VerifyHashesAsync(DatasetHost.Token);
        Assert.Equal(dataset.TrainTokens, folder.Manifest.TrainTokens);
        Assert.Equal(dataset.SizeBytes, folder.Manifest.Files.Sum(file => file.SizeBytes));
        Assert.Equal(
            folder.Manifest.Files.Single(file => file.Name == "tokenizer.json").Sha256,
            folder.Manifest.Tokenizer!.Sha256);
        var tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal(dataset.VocabularySize, tokenizer.VocabularySize);
        Assert.Equal(
            stories.Select(story => story.Text).Order(),
            Documents(folder.OpenTrain(), tokenizer).Concat(Documents(folder.OpenValidation(), tokenizer)).Order());
    }

    [Fact]
    public async Task WatchDatasets_OneComesEndsAndGoes_ToldAfterTheSnapshot()
    {
        using var call = _host.Client.WatchDatasets(new WatchDatasetsRequest(), cancellationToken: DatasetHost.Token);
        var stream = call.ResponseStream;
        Assert.True(await stream.MoveNext(DatasetHost.Token));
        Assert.Empty(stream.Current.Snapshot.Datasets);

        await _host.CreateAsync(Bundled(CorpusForm.Reviews, 30), "told");
        do
            Assert.True(await stream.MoveNext(DatasetHost.Token));
        while (stream.Current.Changed is not { Name: "datasets/told", State: State.Succeeded });
        await _host.Client.DeleteDatasetAsync(
            new DeleteDatasetRequest { Name = "datasets/told" }, cancellationToken: DatasetHost.Token);
        do
            Assert.True(await stream.MoveNext(DatasetHost.Token));
        while (stream.Current.Removed != "datasets/told");
    }

    [Fact]
    public async Task CreateDataset_EveryFormOfTheCorpus_HoldsTheFieldsOfItsForm()
    {
        foreach (var (form, field) in new[]
        {
            (CorpusForm.Endings, "endings"), (CorpusForm.Reviews, "review"), (CorpusForm.Instructions, "instruction"),
        })
        {
            var dataset = await _host.MakeAsync(Bundled(form, 30));

            Assert.Equal(State.Succeeded, dataset.State);
            Assert.Equal(Kind.Documents, dataset.Spec.Kind);
            Assert.Equal(30, dataset.DocumentCount);
            var records = JsonLinesFile.ReadAll(_host[$"{dataset.Name}/documents-00000.jsonl"]);
            Assert.All(records, record => Assert.True(record.TryGetProperty(field, out _)));
            Assert.All(records, record => Assert.NotEqual(0, record.GetProperty("text").GetString()!.Length));
        }
    }

    [Fact]
    public async Task CreateDataset_Items_WritesHellaSwagsFormat()
    {
        var spec = Bundled(CorpusForm.Endings, 25);
        spec.Kind = Kind.Items;

        var dataset = await _host.MakeAsync(spec, "items");

        Assert.Equal(25, dataset.DocumentCount);
        Assert.Equal(25, JsonLinesFile.ReadAll(_host["datasets/items/items.jsonl"]).Count);
    }

    [Fact]
    public async Task CreateDataset_DocumentsThenTokens_GoesThroughADataset()
    {
        await _host.MakeAsync(Bundled(CorpusForm.Reviews, 200), "reviews");

        var tokens = await _host.MakeAsync(new DatasetSpec
        {
            Inputs = { "datasets/reviews" },
            Tokenizer = DatasetHost.Tokenizer,
            Template = "{review} {label}",
            ValidationShare = 0.1,
        });

        Assert.Equal(200, tokens.DocumentCount);
        var preview = await _host.Client.PreviewDatasetAsync(
            new PreviewDatasetRequest { Name = tokens.Name, Count = 3 }, cancellationToken: DatasetHost.Token);
        Assert.Equal(3, preview.Documents.Count);
        Assert.All(preview.Documents, document => Assert.Matches("(positive|negative)$", document.Text));
        Assert.All(preview.Documents, document => Assert.InRange(document.TokenCount, 10, 100));
    }

    [Fact]
    public async Task CreateDataset_TailOfOneText_CutsTheText()
    {
        var input = _host.Write("text/shakespeare.txt", string.Concat(Enumerable.Repeat("To be or not.\n", 100)));

        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Inputs = { input },
            Tokenizer = DatasetHost.Tokenizer,
            DocumentSeparator = false,
            ValidationShare = 0.1,
            ValidationSplit = ValidationSplit.Tail,
        });

        Assert.Equal(State.Succeeded, dataset.State);
        var folder = DatasetFolder.Open(_host[dataset.Name]);
        var tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal(140, string.Concat(Documents(folder.OpenValidation(), tokenizer)).Length);
        Assert.Null(folder.Manifest.Tokenizer!.SeparatorId);
    }

    [Fact]
    public async Task CreateDataset_MalformedLine_IsRefusedWithFileLineAndReason()
    {
        var input = _host.Write("text/bad.jsonl", "{\"text\": \"fine\"}\n{\"text\": \n");

        var message = await Refusals.ExpectAsync(
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT",
            () => _host.CreateAsync(new DatasetSpec { Inputs = { input } }, "bad"));

        Assert.Contains("bad.jsonl, line 2: no valid JSON", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_host["datasets/bad"]));
    }

    [Fact]
    public async Task CreateDataset_MalformedLineFarBehind_FailsWithFileLineAndReason()
    {
        // More than is read while the caller waits.
        var line = $"{{\"text\": \"{new string('x', 100_000)}\"}}\n";
        var input = _host.Write("text/bad.jsonl", string.Concat(Enumerable.Repeat(line, 200)) + "oops\n");

        var dataset = await _host.MakeAsync(new DatasetSpec { Inputs = { input } }, "bad");

        Assert.Equal(State.Failed, dataset.State);
        Assert.Equal("MALFORMED_INPUT", dataset.Error.Reason);
        Assert.StartsWith("bad.jsonl, line 201: no valid JSON", dataset.Error.Message, StringComparison.Ordinal);
        Assert.Equal(["job.json"], Directory.GetFileSystemEntries(_host["datasets/bad"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task CancelDataset_Running_EndsItSoonAndLeavesNothing()
    {
        var dataset = await _host.CreateAsync(Stories(Kind.Tokens, DatasetHost.Tokenizer, 2_000_000_000), "large");
        await _host.WatchAsync(dataset.Name, found => found.Progress is { Done: > 0, Unit: "bytes" });

        var cancelling = await _host.Client.CancelDatasetAsync(
            new CancelDatasetRequest { Name = dataset.Name }, cancellationToken: DatasetHost.Token);

        Assert.Equal(State.Cancelling, cancelling.Dataset.State);
        var asked = DateTime.UtcNow;
        Assert.Equal(State.Cancelled, (await _host.EndAsync(dataset.Name)).State);
        // A second is the promise; the rest is for a loaded machine.
        Assert.InRange((DateTime.UtcNow - asked).TotalSeconds, 0, 5);
        Assert.Equal(["job.json"], Directory.GetFileSystemEntries(_host["datasets/large"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task CreateDataset_ServiceStoppedMeanwhile_IsMadeAfterTheRestart()
    {
        var running = await _host.CreateAsync(Stories(Kind.Tokens, DatasetHost.Tokenizer, 40_000_000), "running");
        var waiting = await _host.CreateAsync(Bundled(CorpusForm.Reviews, 10), "waiting");
        await _host.WatchAsync(running.Name, found => found.Progress is { Done: > 0 });

        // What it has done is kept, and looks like no data set.
        await _host.RestartAsync(() => Assert.Equal(
            [".work", "job.json"],
            Directory.GetFileSystemEntries(_host["datasets/running"]).Select(Path.GetFileName).Order()));

        await _host.Client.CancelDatasetAsync(
            new CancelDatasetRequest { Name = running.Name }, cancellationToken: DatasetHost.Token);
        Assert.Equal(State.Cancelled, (await _host.EndAsync(running.Name)).State);
        Assert.Equal(State.Succeeded, (await _host.EndAsync(waiting.Name)).State);
    }

    [Fact]
    public async Task GetDataset_FilesDamagedSince_IsShownAsFailed()
    {
        await _host.MakeAsync(Bundled(CorpusForm.Reviews, 10), "reviews");
        await File.AppendAllTextAsync(_host["datasets/reviews/documents-00000.jsonl"], "x", DatasetHost.Token);

        var list = await _host.Client.ListDatasetsAsync(
            new ListDatasetsRequest(), cancellationToken: DatasetHost.Token);

        var dataset = Assert.Single(list.Datasets);
        Assert.Equal((State.Failed, "DATA_LOSS"), (dataset.State, dataset.Error.Reason));
        await Refusals.ExpectAsync(StatusCode.DataLoss, "DATA_LOSS", () => _host.Client.PreviewDatasetAsync(
            new PreviewDatasetRequest { Name = "datasets/reviews" }, cancellationToken: DatasetHost.Token));
    }

    [Fact]
    public async Task ListDatasets_Pages_GoNewestFirst()
    {
        foreach (var id in new[] { "a", "b", "c" })
            await _host.MakeAsync(Bundled(CorpusForm.Reviews, 1), id);

        var first = await _host.Client.ListDatasetsAsync(
            new ListDatasetsRequest { PageSize = 2 }, cancellationToken: DatasetHost.Token);
        var second = await _host.Client.ListDatasetsAsync(
            new ListDatasetsRequest { PageSize = 2, PageToken = first.NextPageToken },
            cancellationToken: DatasetHost.Token);

        Assert.Equal(["datasets/c", "datasets/b"], first.Datasets.Select(dataset => dataset.Name));
        Assert.Equal(["datasets/a"], second.Datasets.Select(dataset => dataset.Name));
        Assert.Empty(second.NextPageToken);
    }

    [Theory]
    [InlineData("runs/r1/run.json", "{\"spec\": {\"data\": {\"dataset\": \"datasets/used\"}}}", "runs/r1")]
    [InlineData(
        "runs/r1/run.json",
        "{\"spec\": {\"data\": {\"dataset\": \"datasets/a\", \"validation_dataset\": \"datasets/used\"}}}", "runs/r1")]
    [InlineData("sweeps/s1/sweep.json", "{\"spec\": {\"datasets\": [\"datasets/used\"]}}", "sweeps/s1")]
    [InlineData("evals/e1/evaluation.json", "{\"spec\": {\"items\": \"datasets/used\"}}", "evaluations/e1")]
    [InlineData("datasets/d1/job.json", "{\"spec\": {\"inputs\": [\"datasets/used\"]}}", "datasets/d1")]
    [InlineData(
        "datasets/d1/job.json",
        "{\"spec\": {\"inputs\": [\"uploads/a\"], \"validation_inputs\": [\"datasets/used\"]}}", "datasets/d1")]
    [InlineData("tokenizers/t1/job.json", "{\"spec\": {\"inputs\": [\"datasets/used\"]}}", "tokenizers/t1")]
    public async Task DeleteDataset_InUse_NamesTheUser(string file, string content, string user)
    {
        await _host.MakeAsync(Bundled(CorpusForm.Reviews, 1), "used");
        _host.Write(file, content);

        var message = await Refusals.ExpectAsync(StatusCode.FailedPrecondition, "IN_USE", DeleteAsync);

        Assert.Contains(user, message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(_host[file])!, recursive: true);
        await DeleteAsync();
        Assert.False(Directory.Exists(_host["datasets/used"]));
        await Refusals.ExpectAsync(StatusCode.NotFound, "NOT_FOUND", DeleteAsync);

        async Task<DeleteDatasetResponse> DeleteAsync() => await _host.Client.DeleteDatasetAsync(
            new DeleteDatasetRequest { Name = "datasets/used" }, cancellationToken: DatasetHost.Token);
    }

    [Fact]
    public async Task CreateDataset_SameRequestId_MakesOne()
    {
        var first = await _host.CreateAsync(Bundled(CorpusForm.Reviews, 5), requestId: "once");
        var second = await _host.CreateAsync(Bundled(CorpusForm.Reviews, 5), requestId: "once");

        Assert.Equal(first.Name, second.Name);
        await _host.EndAsync(first.Name);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static DatasetSpec Bundled(CorpusForm form, int count) =>
        new() { Bundled = new BundledCorpus { Form = form, ItemCount = count, Seed = 3 } };

    private static DatasetSpec Stories(Kind kind, string tokenizer, long bytes = 100_000) => new()
    {
        Bundled = new BundledCorpus { Form = CorpusForm.Stories, SizeBytes = bytes, Seed = 3 },
        Kind = kind,
        Tokenizer = tokenizer,
    };

    private static List<string> Documents(TokenShardSet shards, TextTokenizer tokenizer)
    {
        using (shards)
        {
            var tokens = new int[shards.Count];
            shards.CopyTo(0, tokens.AsSpan());
            return [.. tokenizer.Decode(tokens).Split("<|endoftext|>", StringSplitOptions.RemoveEmptyEntries)];
        }
    }
}
