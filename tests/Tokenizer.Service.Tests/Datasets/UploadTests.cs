using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Tokenizer.Service.Tests.Datasets;

public sealed class UploadTests : IAsyncDisposable
{
    private readonly DatasetHost _host = new(("Uploads:MaxBytes", "100000"));

    [Fact]
    public async Task UploadFile_InParts_IsKeptAndCanBecomeADataset()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"text\": \"Hello.\"}\n", 50)));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));

        var upload = await _host.UploadAsync(
            new FileDescription { FileName = "my data.jsonl", SizeBytes = bytes.Length, Sha256 = sha256 },
            [.. bytes.Chunk(100)]);

        Assert.Equal((bytes.Length, sha256), (upload.SizeBytes, upload.Sha256));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_host[$"{upload.Name}/my data.jsonl"], DatasetHost.Token));
        var dataset = await _host.MakeAsync(new DatasetSpec { Inputs = { upload.Name } });
        Assert.Equal((State.Succeeded, 50L), (dataset.State, dataset.DocumentCount));
    }

    [Theory]
    [InlineData("a:b*.txt", "a_b_.txt")]
    [InlineData(".hidden.txt", "_.hidden.txt")]
    [InlineData("manifest.json", "_manifest.json")]
    [InlineData("tab\there.txt.gz", "tab_here.txt.gz")]
    public async Task UploadFile_OddName_IsMadeSafe(string name, string kept)
    {
        var upload = await _host.UploadAsync(new FileDescription { FileName = name }, [1, 2]);

        Assert.True(File.Exists(_host[$"{upload.Name}/{kept}"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../escape.txt")]
    [InlineData("folder/file.txt")]
    [InlineData("folder\\file.txt")]
    [InlineData("program.exe")]
    public async Task UploadFile_NameThatCannotBe_IsRefused(string name)
    {
        await Refusals.ExpectFieldsAsync(
            () => _host.UploadAsync(new FileDescription { FileName = name }), "file.file_name");
        AssertNothingKept();
    }

    [Fact]
    public async Task UploadFile_OtherSizeOrHash_IsRefusedAndNotKept()
    {
        await Refusals.ExpectFieldsAsync(
            () => _host.UploadAsync(
                new FileDescription { FileName = "a.txt", SizeBytes = 3, Sha256 = new string('0', 64) }, [1, 2]),
            "file.size_bytes",
            "file.sha256");
        AssertNothingKept();
    }

    [Fact]
    public async Task UploadFile_LargerThanAllowed_IsRefusedAndNotKept()
    {
        await Refusals.ExpectAsync(StatusCode.ResourceExhausted, "UPLOAD_TOO_LARGE", () => _host.UploadAsync(
            new FileDescription { FileName = "a.txt" }, new byte[60_000], new byte[60_000]));
        AssertNothingKept();
    }

    [Fact]
    public async Task UploadFile_WithoutDescription_IsRefused()
    {
        using var call = _host.Client.UploadFile(cancellationToken: DatasetHost.Token);
        await call.RequestStream.WriteAsync(
            new UploadFileRequest { Chunk = Google.Protobuf.ByteString.CopyFromUtf8("x") }, DatasetHost.Token);
        await call.RequestStream.CompleteAsync();

        await Refusals.ExpectFieldsAsync(async () => await call, "file");
    }

    [Fact]
    public async Task UploadFile_BrokenOff_IsNotKeptAfterTheNextStart()
    {
        using var cancellation = new CancellationTokenSource();
        using (var call = _host.Client.UploadFile(cancellationToken: cancellation.Token))
        {
            await call.RequestStream.WriteAsync(
                new UploadFileRequest { File = new FileDescription { FileName = "a.txt" } }, DatasetHost.Token);
            await cancellation.CancelAsync();
        }

        // What a kill leaves behind.
        Directory.CreateDirectory(_host["uploads/.new-old-upload-12345678"]);
        await _host.RestartAsync();
        _ = await _host.Client.ListDatasetsAsync(new ListDatasetsRequest(), cancellationToken: DatasetHost.Token);

        AssertNothingKept();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private void AssertNothingKept() =>
        Assert.False(
            Directory.Exists(_host["uploads"]) && Directory.EnumerateFileSystemEntries(_host["uploads"]).Any());
}
