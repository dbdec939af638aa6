using System.Text;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;
using ShardFormat = Platform.Contracts.Tokenizer.V1.ShardFormat;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>What data sets are made from and become: columns, styles, masks, the hub, the catalog.</summary>
public sealed class DatasetSourceTests : IAsyncDisposable
{
    private const string Alpaca =
        """
        [{"instruction": "Add.", "input": "1 and 2", "output": "It is 3."},
         {"instruction": "Say hello.", "input": "", "output": "Hello, my friend."},
         {"instruction": "Name a colour.", "input": "", "output": "Blue."}]
        """;

    private readonly DatasetHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task CreateDataset_PaddedInstructions_HasRowsWithAMask()
    {
        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Inputs = { _host.Write("text/alpaca.json", Alpaca) },
            Tokenizer = DatasetHost.Tokenizer,
            ValidationShare = 0,
            Instructions = new InstructionSpec { Packing = Packing.Padded, SequenceLength = 256 },
        });

        Assert.Equal(State.Succeeded, dataset.State);
        var filled = dataset.Spec.Instructions;
        Assert.Equal(("alpaca", "{output}", true), (dataset.Spec.Template, filled.Response, filled.MaskPrompt));
        Assert.Equal(3 * 257, dataset.TrainTokens);
        var folder = DatasetFolder.Open(_host[dataset.Name]);
        Assert.Equal((2, 257), (folder.Manifest.FormatVersion, folder.Manifest.Instructions!.RowTokens));
        await folder.VerifyHashesAsync(DatasetHost.Token);
        using var shards = folder.OpenTrain();
        var targets = new int[257];
        shards.CopyTargetsTo(257, targets.AsSpan());
        var tokenizer = Platform.Tokenization.TokenizerFiles.Load(folder.Path);
        Assert.Equal(
            "Hello, my friend.<|endoftext|>", tokenizer.Decode(targets.Where(target => target >= 0).ToArray()));
    }

    [Fact]
    public async Task CreateDataset_InstructionsWithoutMask_ArePackedPlainly()
    {
        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Inputs = { _host.Write("text/alpaca.json", Alpaca) },
            Tokenizer = DatasetHost.Tokenizer,
            Template = "alpaca-litgpt",
            ValidationShare = 0,
            Instructions = new InstructionSpec { MaskPrompt = false },
        });

        var folder = DatasetFolder.Open(_host[dataset.Name]);
        using var shards = folder.OpenTrain();
        Assert.False(shards.IsMasked);
        var preview = await PreviewAsync(dataset.Name);
        Assert.Equal(3, preview.Documents.Count);
        Assert.EndsWith("### Response:\nBlue.", preview.Documents[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_SkipBadRecords_CountsAndListsThem()
    {
        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Inputs = { _host.Write("text/some.jsonl", "{\"text\": \"one\"}\noops\n{\"text\": \"two\"}\n{\"t\": 1}\n") },
            SkipBadRecords = true,
        });

        Assert.Equal((State.Succeeded, 2, 2), (dataset.State, dataset.DocumentCount, dataset.SkippedCount));
        Assert.Equal([2L, 4L], dataset.Skipped.Select(skipped => skipped.Line));
        Assert.All(dataset.Skipped, skipped => Assert.Equal("some.jsonl", skipped.File));
        Assert.Contains("no field 'text'", dataset.Skipped[1].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_ValidationInputs_AreTheValidationPart()
    {
        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Inputs = { _host.Write("text/train.jsonl", "{\"text\": \"To train on.\"}\n{\"text\": \"And more.\"}\n") },
            ValidationInputs = { _host.Write("text/val.txt", "To validate on.") },
            Tokenizer = DatasetHost.Tokenizer,
        });

        var folder = DatasetFolder.Open(_host[dataset.Name]);
        var tokenizer = Platform.Tokenization.TokenizerFiles.Load(folder.Path);
        using var validation = folder.OpenValidation();
        var tokens = new int[validation.Count];
        validation.CopyTo(0, tokens.AsSpan());
        Assert.Equal("<|endoftext|>To validate on.", tokenizer.Decode(tokens));
        Assert.Equal((3, 0.0), (dataset.DocumentCount, dataset.Spec.ValidationShare));
    }

    [Theory]
    [InlineData(ShardFormat.LlmC, "train_000000.bin", 1024)]
    [InlineData(ShardFormat.Npy, "train_000000.npy", 128)]
    [InlineData(ShardFormat.Raw, "train.bin", 0)]
    public async Task CreateDataset_EachShardFormat_HoldsTheSameTokens(ShardFormat format, string name, int header)
    {
        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Bundled = new BundledCorpus { Form = CorpusForm.Stories, SizeBytes = 20_000 },
            Tokenizer = DatasetHost.Tokenizer,
            ShardFormat = format,
        });

        var folder = DatasetFolder.Open(_host[dataset.Name]);
        using var shards = folder.OpenTrain();
        var tokens = new int[shards.Count];
        shards.CopyTo(0, tokens.AsSpan());
        Assert.Equal(dataset.TrainTokens, tokens.Length);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder.Path, name), DatasetHost.Token);
        Assert.Equal(tokens.SelectMany(token => BitConverter.GetBytes((ushort)token)), bytes[header..]);
    }

    [Fact]
    public async Task PreviewDataset_OfTokens_HasAHistogramOfLengths()
    {
        var dataset = await _host.MakeAsync(new DatasetSpec
        {
            Bundled = new BundledCorpus { Form = CorpusForm.Stories, SizeBytes = 50_000 },
            Tokenizer = DatasetHost.Tokenizer,
        });

        var lengths = (await PreviewAsync(dataset.Name)).Lengths;

        Assert.Equal("tokens", lengths.Unit);
        Assert.Equal(dataset.DocumentCount, lengths.Buckets.Sum(bucket => bucket.Count));
        Assert.InRange(lengths.Mean, lengths.Shortest, lengths.Longest);
        Assert.Equal(
            dataset.TrainTokens + dataset.ValidationTokens, (long)Math.Round(lengths.Mean * dataset.DocumentCount));
        Assert.True(lengths.Buckets[0].From <= lengths.Shortest && lengths.Buckets[^1].From <= lengths.Longest);
    }

    [Fact]
    public async Task CreateDataset_PathPattern_ReadsWhatFits()
    {
        _host.Write("text/a-1.txt", "one");
        _host.Write("text/deep/a-2.txt", "two");
        _host.Write("text/b.txt", "three");

        var dataset = await _host.MakeAsync(new DatasetSpec { Inputs = { $"path:{_host["text"]}/**/a-*.txt" } });

        Assert.Equal(2, dataset.DocumentCount);
        await Refusals.ExpectFieldsAsync(
            () => _host.CreateAsync(new DatasetSpec { Inputs = { "path:/etc/*.txt" } }), "spec.inputs[0]");
        await Refusals.ExpectFieldsAsync(
            () => _host.CreateAsync(new DatasetSpec { Inputs = { $"path:{_host["text"]}/none-*" } }), "spec.inputs[0]");
    }

    [Fact]
    public async Task CreateDataset_WrongColumn_IsRefusedWithThoseThatAreThere()
    {
        var input = _host.Write("text/reviews.csv", "review,sentiment\nFine.,positive\n");

        var message = await Refusals.ExpectAsync(
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT",
            () => _host.CreateAsync(new DatasetSpec { Inputs = { input } }));

        Assert.Contains(
            "reviews.csv, line 2: there is no field 'text' (there are: review, sentiment)",
            message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_OfTheHub_IsDownloadedAndKept()
    {
        using var server = new ScriptedServer(request => request.Path.StartsWith("/api/", StringComparison.Ordinal)
            ? new ScriptedReply(200, """[{"type": "file", "path": "data/a.jsonl", "size": 33}]"""u8.ToArray())
            : ScriptedServer.Serve("{\"text\": \"from\"}\n{\"text\": \"hub\"}\n"u8.ToArray(), request));
        await using var host = new DatasetHost(server);
        var spec = new DatasetSpec { Inputs = { "hf:datasets/owner/set/data/*.jsonl" } };

        var dataset = await host.MakeAsync(spec);

        Assert.Equal((State.Succeeded, 2), (dataset.State, dataset.DocumentCount));
        Assert.True(File.Exists(host["hub/datasets/owner/set/data/a.jsonl"]));
    }

    [Theory]
    [InlineData(404, "HUB_FILE_NOT_FOUND")]
    [InlineData(401, "HUB_ACCESS_DENIED")]
    public async Task CreateDataset_OfTheHubRefused_FailsWithItsReason(int status, string reason)
    {
        using var server = new ScriptedServer(_ => new ScriptedReply(status, []));
        await using var host = new DatasetHost(server);

        var dataset = await host.MakeAsync(new DatasetSpec { Inputs = { "catalog:imdb" } });

        Assert.Equal((State.Failed, reason), (dataset.State, dataset.Error.Reason));
    }

    [Fact]
    public async Task ListCatalog_KnowsTheNamedSetsAndTheirFields()
    {
        var response = await _host.Client.ListCatalogAsync(
            new ListCatalogRequest(), cancellationToken: DatasetHost.Token);

        string[] wanted =
        [
            "alpaca", "arc-easy", "fineweb-edu-10bt", "hellaswag", "imdb", "lambada", "openwebtext", "piqa",
            "tinyshakespeare", "tinystories", "wikitext-2", "winogrande",
        ];
        Assert.Subset(response.Entries.Select(entry => entry.Name).ToHashSet(), wanted.ToHashSet());
        Assert.All(response.Entries, entry => Assert.NotEmpty(entry.Sources));
        Assert.Equal(Kind.Items, response.Entries.Single(entry => entry.Name == "hellaswag").Kind);
        var unknown = await Assert.ThrowsAsync<RpcException>(
            () => _host.CreateAsync(new DatasetSpec { Inputs = { "catalog:nothing" } }));
        Assert.Equal(StatusCode.InvalidArgument, unknown.StatusCode);
        Assert.Contains("tinyshakespeare", unknown.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_InstructionsAgainstTheRules_NamesTheFields() => await Refusals.ExpectFieldsAsync(
        () => _host.CreateAsync(new DatasetSpec
        {
            Inputs = { _host.Write("text/alpaca.json", Alpaca) },
            Tokenizer = DatasetHost.Tokenizer,
            DocumentSeparator = true,
            ValidationSplit = ValidationSplit.Tail,
            Instructions = new InstructionSpec { Packing = Packing.Padded, SequenceLength = 2 },
        }),
        "spec.instructions.sequence_length",
        "spec.document_separator",
        "spec.validation_split");

    [Fact]
    public async Task CreateDataset_OddTexts_AreReadOrRefused()
    {
        Directory.CreateDirectory(_host["odd"]);
        await File.WriteAllBytesAsync(
            _host["odd/bom.txt"], [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("a\r\nb")], DatasetHost.Token);
        _host.Write("odd/separator.jsonl", "{\"text\": \"x\u2028y\"}\r\n");
        _host.Write("odd/empty.txt", "");

        var dataset = await _host.MakeAsync(new DatasetSpec { Inputs = { $"path:{_host["odd"]}" } });

        Assert.Equal(2, dataset.DocumentCount);
        Assert.Equal(
            ["a\r\nb", "x\u2028y"], (await PreviewAsync(dataset.Name)).Documents.Select(document => document.Text));
        var empty = await _host.MakeAsync(new DatasetSpec { Inputs = { $"path:{_host["odd/empty.txt"]}" } });
        Assert.Equal((State.Failed, "DATASET_EMPTY"), (empty.State, empty.Error.Reason));
        await File.WriteAllBytesAsync(_host["odd/bad.txt"], [(byte)'a', (byte)'\n', 0xFF], DatasetHost.Token);
        var refused = await Assert.ThrowsAsync<RpcException>(
            () => _host.CreateAsync(new DatasetSpec { Inputs = { $"path:{_host["odd/bad.txt"]}" } }));
        Assert.Contains(
            "bad.txt, line 2: byte 1 of the line is not UTF-8", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<PreviewDatasetResponse> PreviewAsync(string name) => await _host.Client.PreviewDatasetAsync(
        new PreviewDatasetRequest { Name = name }, cancellationToken: DatasetHost.Token);
}
