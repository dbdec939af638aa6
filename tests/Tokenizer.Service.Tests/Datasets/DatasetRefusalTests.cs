using Grpc.Core;
using Platform.Contracts.Tokenizer.V1;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;

namespace Platform.Tokenizer.Service.Tests.Datasets;

public sealed class DatasetRefusalTests : IAsyncDisposable
{
    private readonly DatasetHost _host = new();

    [Fact]
    public async Task CreateDataset_NothingGiven_NamesWhatIsMissing() =>
        await Refusals.ExpectFieldsAsync(() => _host.CreateAsync(new DatasetSpec()), "spec.inputs");

    [Fact]
    public async Task CreateDataset_ManyThingsWrong_NamesThemAll() => await Refusals.ExpectFieldsAsync(
        () => _host.CreateAsync(
            new DatasetSpec
            {
                Inputs = { "uploads/x" },
                Bundled = new BundledCorpus { SizeBytes = -1, ItemCount = 2_000_000 },
                Kind = Kind.Tokens,
                Template = "no field",
                TextField = "text",
                ValidationShare = 0.6,
                ShardTokens = 10,
            },
            "Not-An-Id"),
        "dataset_id",
        "spec.inputs",
        "spec.bundled.form",
        "spec.bundled.size_bytes",
        "spec.bundled.item_count",
        "spec.text_field",
        "spec.template",
        "spec.tokenizer",
        "spec.validation_share",
        "spec.shard_tokens");

    [Theory]
    [InlineData("datasets/missing", StatusCode.NotFound)]
    [InlineData("uploads/missing", StatusCode.NotFound)]
    [InlineData("runs/x", StatusCode.InvalidArgument)]
    [InlineData("path:relative.txt", StatusCode.InvalidArgument)]
    [InlineData("path:/etc/hostname", StatusCode.InvalidArgument)]
    [InlineData("path:/etc/../etc/passwd", StatusCode.InvalidArgument)]
    public async Task CreateDataset_InputThatCannotBe_IsRefused(string input, StatusCode code)
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            () => _host.CreateAsync(new DatasetSpec { Inputs = { input } }));

        Assert.Equal(code, error.StatusCode);
        Assert.False(Directory.Exists(_host["datasets"]) && Directory.EnumerateDirectories(_host["datasets"]).Any());
    }

    [Fact]
    public async Task CreateDataset_LinkOutOfTheAllowedFolders_IsRefused()
    {
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside["secret.txt"], "secret", DatasetHost.Token);
        Directory.CreateDirectory(_host["text"]);
        File.CreateSymbolicLink(_host["text/link.txt"], outside["secret.txt"]);
        Directory.CreateSymbolicLink(_host["folder-link"], outside.Path);

        foreach (var path in new[] { "text", "text/link.txt", "folder-link", "folder-link/secret.txt" })
        {
            await Refusals.ExpectFieldsAsync(
                () => _host.CreateAsync(new DatasetSpec { Inputs = { $"path:{_host[path]}" } }), "spec.inputs[0]");
        }
    }

    [Fact]
    public async Task CreateDataset_AllowedPath_IsRead()
    {
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside["text.txt"], "Some text.", DatasetHost.Token);
        await using var host = new DatasetHost(("Platform:AllowedPaths:0", outside.Path));

        var dataset = await host.MakeAsync(new DatasetSpec { Inputs = { $"path:{outside.Path}" } });

        Assert.Equal(1, dataset.DocumentCount);
    }

    [Fact]
    public async Task CreateDataset_UnknownTokenizer_IsNotFound()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => _host.CreateAsync(new DatasetSpec
        {
            Bundled = new BundledCorpus { Form = CorpusForm.Stories },
            Tokenizer = "tokenizers/missing",
        }));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task CreateDataset_TakenId_AlreadyExists()
    {
        var spec = new DatasetSpec { Bundled = new BundledCorpus { Form = CorpusForm.Reviews, ItemCount = 1 } };
        await _host.MakeAsync(spec, "one");

        await Refusals.ExpectAsync(StatusCode.AlreadyExists, "ALREADY_EXISTS", () => _host.CreateAsync(spec, "one"));
    }

    [Fact]
    public async Task CreateDataset_ItemsOfAnotherForm_IsRefused() => await Refusals.ExpectFieldsAsync(
        () => _host.CreateAsync(new DatasetSpec
        {
            Bundled = new BundledCorpus { Form = CorpusForm.Reviews },
            Kind = Kind.Items,
            Tokenizer = DatasetHost.Tokenizer,
        }),
        "spec.bundled.form",
        "spec.tokenizer");

    [Theory]
    [InlineData("datasets/missing", StatusCode.NotFound)]
    [InlineData("missing", StatusCode.InvalidArgument)]
    [InlineData("datasets/../runs", StatusCode.InvalidArgument)]
    public async Task Calls_OnWhatIsNotThere_AreRefusedAlike(string name, StatusCode code)
    {
        var client = _host.Client;
        var token = DatasetHost.Token;
        var calls = new List<Func<Task>>
        {
            async () => await client.GetDatasetAsync(new GetDatasetRequest { Name = name }, cancellationToken: token),
            async () => await client.DeleteDatasetAsync(
                new DeleteDatasetRequest { Name = name }, cancellationToken: token),
            async () => await client.CancelDatasetAsync(
                new CancelDatasetRequest { Name = name }, cancellationToken: token),
            async () => await client.PreviewDatasetAsync(
                new PreviewDatasetRequest { Name = name }, cancellationToken: token),
            async () => await client.WatchDataset(new WatchDatasetRequest { Name = name }, cancellationToken: token)
                .ResponseStream.MoveNext(token),
        };
        foreach (var call in calls)
            Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
    }

    [Fact]
    public async Task PreviewDataset_BadCount_IsRefused() => await Refusals.ExpectFieldsAsync(
        async () => await _host.Client.PreviewDatasetAsync(
            new PreviewDatasetRequest { Name = "datasets/x", Count = 101 }, cancellationToken: DatasetHost.Token),
        "count");

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
