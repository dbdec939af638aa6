using System.Buffers.Binary;
using System.Text;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.Datasets.Shards;
using Platform.Tokenization;
using ShardFormat = Platform.Contracts.Tokenizer.V1.ShardFormat;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>Token shards of other projects become data sets. The files are written here byte by byte, as those
/// projects' readers want them, and not with our own writer.</summary>
public sealed class ShardImportTests : IAsyncDisposable
{
    private static readonly string[] s_documents = ["The first story.", "A second one.", "And the last."];

    private readonly DatasetHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("fineweb_train_000001.bin", "fineweb_val_000000.bin", "llm.c")]
    [InlineData("edufineweb_train_000001.npy", "edufineweb_val_000000.npy", "npy")]
    [InlineData("train.bin", "val.bin", "raw")]
    public async Task CreateDataset_ShardsOfEachProject_HoldTheirTokens(string train, string validation, string format)
    {
        var tokens = Tokens(s_documents[..2]);
        var validationTokens = Tokens(s_documents[2..]);
        Write(train, format, tokens);
        Write(validation, format, validationTokens);

        var dataset = await _host.MakeAsync(Spec($"path:{_host["made/elsewhere"]}"));

        Assert.True(dataset.State == State.Succeeded, dataset.Error?.Message);
        Assert.Equal((tokens.Length, validationTokens.Length), (dataset.TrainTokens, dataset.ValidationTokens));
        Assert.Equal((3, s_documents.Sum(text => text.Length)), (dataset.DocumentCount, dataset.TextBytes));
        Assert.Equal((3, "tokens"), (dataset.Lengths.Buckets.Sum(bucket => bucket.Count), dataset.Lengths.Unit));
        var folder = DatasetFolder.Open(_host[dataset.Name]);
        await folder.VerifyHashesAsync(DatasetHost.Token);
        Assert.Equal(tokens, Read(folder.OpenTrain()));
        Assert.Equal(validationTokens, Read(folder.OpenValidation()));
        var preview = await _host.Client.PreviewDatasetAsync(
            new PreviewDatasetRequest { Name = dataset.Name }, cancellationToken: DatasetHost.Token);
        Assert.Equal(s_documents[..2], preview.Documents.Select(document => document.Text));
    }

    [Fact]
    public async Task CreateDataset_ShardsUploaded_AreWrittenInAnotherFormatWithATailToValidate()
    {
        var tokens = Tokens([.. Enumerable.Repeat(s_documents, 20).SelectMany(text => text)]);
        var upload = await _host.UploadAsync(
            new FileDescription { FileName = "stories.npy" }, Bytes("npy", tokens[..100]), []);
        var second = await _host.UploadAsync(
            new FileDescription { FileName = "more.bin" }, Bytes("llm.c", tokens[100..]));
        var spec = Spec(upload.Name);
        spec.Inputs.Add(second.Name);
        spec.ShardFormat = ShardFormat.Raw;
        spec.ValidationShare = 0.25;

        var dataset = await _host.MakeAsync(spec);

        Assert.True(dataset.State == State.Succeeded, dataset.Error?.Message);
        var folder = DatasetFolder.Open(_host[dataset.Name]);
        Assert.True(File.Exists(Path.Combine(folder.Path, "train.bin")));
        int[] all = [.. Read(folder.OpenTrain()), .. Read(folder.OpenValidation())];
        Assert.Equal(tokens, all);
        Assert.Equal(tokens.Length / 4, dataset.ValidationTokens);
        Assert.Equal(60, dataset.DocumentCount);
    }

    [Fact]
    public async Task CreateDataset_ShardsAsValidationInputs_AreTheValidationPart()
    {
        Write("a_val.bin", "llm.c", Tokens(s_documents[..1]));
        Write("b.bin", "llm.c", Tokens(s_documents[1..]));
        var spec = Spec($"path:{_host["made/elsewhere/a_val.bin"]}");
        spec.ValidationInputs.Add($"path:{_host["made/elsewhere/b.bin"]}");

        var dataset = await _host.MakeAsync(spec);

        var folder = DatasetFolder.Open(_host[dataset.Name]);
        Assert.Equal(Tokens(s_documents[..1]), Read(folder.OpenTrain()));
        Assert.Equal(Tokens(s_documents[1..]), Read(folder.OpenValidation()));
    }

    [Fact]
    public async Task CreateDataset_ShardOfAnotherTokenizer_FailsWithFileAndPlace()
    {
        Write("train.bin", "raw", [1, 2, 50_256]);

        var dataset = await _host.MakeAsync(Spec($"path:{_host["made/elsewhere"]}"));

        Assert.Equal((State.Failed, "MALFORMED_INPUT"), (dataset.State, dataset.Error.Reason));
        Assert.Contains("train.bin: its token 2 is 50256", dataset.Error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_host[$"{dataset.Name}/manifest.json"]));
    }

    [Theory]
    [InlineData("a.bin", "llm.c", 2, "its header tells of")] // cut off
    [InlineData("a.npy", "npy", 1, "its header tells of")]
    [InlineData("a.bin", "raw", 1, "no whole number of 16-bit tokens")]
    [InlineData("a.bin", "model", 0, "is no token file")] // a model of llm.c
    public async Task CreateDataset_DamagedShard_IsRefusedWithTheReason(
        string name, string format, int cut, string reason)
    {
        Write(name, format, Tokens(s_documents), cut);

        var message = await Refusals.ExpectAsync(
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT",
            () => _host.CreateAsync(Spec($"path:{_host["made/elsewhere"]}")));

        Assert.Contains($"{name}: ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_ShardsWithWhatTextsHave_NamesTheFields() => await Refusals.ExpectFieldsAsync(
        () => _host.CreateAsync(new DatasetSpec
        {
            FromShards = true,
            Inputs = { "uploads/x" },
            Tokenizer = DatasetHost.Tokenizer,
            Template = "{a}",
            DocumentRule = DocumentRule.Line,
            ValidationSplit = ValidationSplit.Documents,
            SkipBadRecords = true,
        }),
        "spec.template",
        "spec.document_rule",
        "spec.skip_bad_records",
        "spec.validation_split");

    private static DatasetSpec Spec(string input) => new()
    {
        FromShards = true,
        Inputs = { input },
        Tokenizer = DatasetHost.Tokenizer,
        ValidationShare = 0,
    };

    private int[] Tokens(string[] documents)
    {
        var tokenizer = TokenizerFiles.Load(_host["tokenizers/small"]);
        return [.. documents.SelectMany(text => tokenizer.Encode(text).Prepend(tokenizer.EndOfText!.Value))];
    }

    private static int[] Read(TokenShardSet shards)
    {
        using (shards)
        {
            var tokens = new int[shards.Count];
            shards.CopyTo(0, tokens.AsSpan());
            return tokens;
        }
    }

    private void Write(string name, string format, int[] tokens, int cut = 0)
    {
        Directory.CreateDirectory(_host["made/elsewhere"]);
        File.WriteAllBytes(_host[$"made/elsewhere/{name}"], Bytes(format, tokens)[..^cut]);
    }

    private static byte[] Bytes(string format, int[] tokens)
    {
        byte[] content = [.. tokens.SelectMany(token => BitConverter.GetBytes((ushort)token))];
        return [.. Header(format, tokens.Length), .. content];
    }

    private static byte[] Header(string format, int count)
    {
        if (format is "raw")
            return [];
        if (format is "npy")
        {
            // As numpy.save writes: magic, version 1.0, the dictionary padded so that the data begin at 128.
            var dictionary = $"{{'descr': '<u2', 'fortran_order': False, 'shape': ({count},), }}";
            return [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(dictionary.PadRight(117) + "\n")];
        }

        var header = new byte[1024];
        BinaryPrimitives.WriteInt32LittleEndian(header, format is "model" ? 20240326 : 20240520);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), 1);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), count);
        return header;
    }
}
