using System.Text.Json;
using Platform.Cli.Commands;
using Platform.Specs;

namespace Platform.Cli.Tests;

public sealed class FolderOfTextsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_FoldersAsAclImdbs_AreRecordsWithTheirLabels()
    {
        Put("pos/1_9.txt", "Good \"fun\".\nAnd true.");
        Put("neg/0_2.txt", "Böse ☹");
        Put("neg/labeledBow.feat", "1:2");
        using var target = new MemoryStream();

        await FolderOfTexts.WriteAsync(_folder.Path, target, CancellationToken.None);

        var lines = System.Text.Encoding.UTF8.GetString(target.ToArray()).TrimEnd('\n').Split('\n');
        Assert.Equal(
            [("neg/0_2", "neg", "Böse ☹"), ("pos/1_9", "pos", "Good \"fun\".\nAnd true.")],
            lines.Select(line => JsonDocument.Parse(line).RootElement).Select(record => (
                record.GetProperty("id").GetString()!,
                record.GetProperty("label").GetString()!,
                record.GetProperty("text").GetString()!)));
    }

    [Fact]
    public async Task WriteAsync_NoTexts_SaysSo()
    {
        var refusal = await Assert.ThrowsAsync<SpecException>(
            () => FolderOfTexts.WriteAsync(_folder.Path, Stream.Null, CancellationToken.None));

        Assert.Contains("no .txt files", refusal.Message, StringComparison.Ordinal);
    }

    private void Put(string path, string text)
    {
        var file = _folder[path];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
