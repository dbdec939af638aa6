using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Platform.Datasets.Readers;
using ZstdSharp;

namespace Platform.Datasets.Tests.Readers;

public sealed class SourceFormatsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Zst_Unpacks()
    {
        Pack("a.jsonl.zst", "{\"text\": \"packed\"}\n");

        Assert.Equal(["packed"], Read("a.jsonl.zst"));
    }

    [Theory]
    [InlineData("a.txt.gz")]
    [InlineData("a.txt.zst")]
    public void Read_TruncatedArchive_SaysSo(string name)
    {
        Pack(name, string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i * 7919L % 65537} ")));
        var bytes = File.ReadAllBytes(_folder[name]);
        File.WriteAllBytes(_folder[name], bytes[..(bytes.Length / 2)]);

        var error = Assert.Throws<MalformedInputException>(() => Read(name));

        Assert.Contains("the compressed file is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_GzipOfSeveralMembers_IsRead()
    {
        Pack("a.txt.gz", "one ");
        Pack("b.txt.gz", "and two");
        File.AppendAllBytes(_folder["a.txt.gz"], File.ReadAllBytes(_folder["b.txt.gz"]));

        Assert.Equal(["one and two"], Read("a.txt.gz"));
    }

    [Fact]
    public void Find_Pattern_GivesTheFilesThatFit()
    {
        string[] names = ["a/train-1.txt", "a/train-0.jsonl", "a/b/train-2.txt", "a/val.txt", "x.txt", "a/t.png"];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllText(_folder[name], "text");
        }

        Assert.Equal(
            ["train-0.jsonl", "train-1.txt"],
            SourceFile.Find(_folder["a/train-*"]).Select(file => file.Name));
        Assert.Equal(
            ["a/b/train-2.txt", "a/train-1.txt", "a/val.txt", "x.txt"],
            SourceFile.Find(_folder["**/*.txt"]).Select(file => file.Name));
        Assert.Throws<MalformedInputException>(() => SourceFile.Find(_folder["a/nothing-*"]));
    }

    [Fact]
    public void Read_ImdbInItsThreeForms_IsText()
    {
        var lines = Texts(SharedData.Require("imdb/imdb_test_1000.jsonl"), RecordText.OfField("text"));
        var kaggle = Texts(SharedData.Require("imdb/imdb_kaggle_style_500.csv"), RecordText.OfField("review"));
        var folder = Texts(SharedData.Require("imdb/aclImdb_mini"), RecordText.OfField("text"));

        Assert.Equal((1000, 500, 360), (lines.Count, kaggle.Count, folder.Count));
        Assert.All(lines.Concat(kaggle).Concat(folder), text => Assert.True(text.Length > 30));
    }

    [Theory]
    [InlineData("alpaca", "### Response:", "### Input:\n{0}")]
    [InlineData("alpaca-litgpt", "### Response:\n", "### Input:\n{0}")]
    [InlineData("alpaca-llamafactory", "### Response:\n", "\n{0}")]
    public void OfInstruction_NamedStyle_IsThatProjects(string style, string end, string input)
    {
        var record = new JsonObject { ["instruction"] = "Add.", ["input"] = "1 and 2", ["output"] = "3" };
        var text = RecordText.OfInstruction(style, RecordText.DefaultResponse);

        var with = text.Of(record, out var length);
        record["input"] = "";
        var without = text.Of(record, out var shorter);

        Assert.Equal("3", with[length..]);
        Assert.EndsWith(end + "3", with, StringComparison.Ordinal);
        Assert.Contains(
            string.Format(CultureInfo.InvariantCulture, input, "1 and 2"),
            with[..length],
            StringComparison.Ordinal);
        Assert.Equal("3", without[shorter..]);
        Assert.EndsWith("### Instruction:\nAdd.\n\n" + end + "3", without, StringComparison.Ordinal);
        Assert.DoesNotContain("Input", without, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadTexts_LongTextInParts_IsTheTextByteForByte()
    {
        var text = string.Concat(
            Enumerable.Range(0, 60_000).Select(i => $"Line {i} – {i % 97}.\n{(i % 5 == 0 ? "\n \r\n" : "")}"));
        File.WriteAllText(_folder["long.txt"], text);

        var parts = Reader().ReadTexts(SourceFile.Find(_folder["long.txt"])[0], mayCut: true).ToList();

        Assert.True(parts.Count > 3);
        Assert.True(parts[0].BeginsDocument);
        Assert.All(parts.Skip(1), part => Assert.False(part.BeginsDocument));
        Assert.Equal(text, string.Concat(parts.Select(part => Encoding.UTF8.GetString(part.Utf8.Span))));
    }

    [Fact]
    public void ReadTexts_SeparatorsAnywhere_DivideAsInOnePiece()
    {
        // Documents of all lengths, so that separators fall on every place of a block, its edge too.
        var random = new Random(3);
        var documents = Enumerable.Range(0, 4000)
            .Select(i => $"Document {i}\n" + string.Concat(Enumerable.Repeat("Word ", random.Next(1, 60))).TrimEnd())
            .ToList();
        File.WriteAllText(_folder["many.txt"], string.Join("\n<|endoftext|>\n", documents));

        Assert.Equal(documents, Read("many.txt"));
    }

    [Theory]
    [InlineData(
        "a.jsonl", "{\"text\": \"a\"}\n{oops}\n{\"other\": 1}\n[]\n{\"text\": \"b\"}\n", new long[] { 2, 3, 4 })]
    [InlineData("a.json", "[{\"text\": \"a\"},\n3,\n{\"other\": 1}, {\"text\": \"b\"}]", new long[] { 2, 3 })]
    [InlineData("a.csv", "text,n\na,1\nx,2,3\nb,4\n", new long[] { 3 })]
    public void Read_SkipBadRecords_CountsAndListsThem(string name, string content, long[] lines)
    {
        File.WriteAllText(_folder[name], content);
        var skipped = new SkippedRecords();

        var texts = new DocumentReader(RecordText.OfField("text"), skipped: skipped)
            .Read(SourceFile.Find(_folder[name])[0]).Select(document => document.Text).ToList();

        Assert.Equal(["a", "b"], texts);
        Assert.Equal(lines.Length, skipped.Count);
        Assert.Equal(lines, skipped.Listed.Select(record => record.Line));
        Assert.All(skipped.Listed, record => Assert.Equal(name, record.File));
    }

    [Fact]
    public void Read_SkipBadRecordsInText_LeavesTheBadLinesOut()
    {
        File.WriteAllBytes(_folder["a.txt"], [.. "one\ntwo "u8, 0xFF, .. "\nthree\n"u8, 0xC3, .. "\nfour"u8]);
        var skipped = new SkippedRecords();

        var texts = new DocumentReader(RecordText.OfField("text"), skipped: skipped)
            .Read(SourceFile.Find(_folder["a.txt"])[0]).Select(document => document.Text).ToList();

        Assert.Equal(["one\nthree\nfour"], texts);
        Assert.Equal([2L, 4L], skipped.Listed.Select(record => record.Line));
    }

    [Fact]
    public void Read_RuleRecord_RefusesText()
    {
        File.WriteAllText(_folder["a.txt"], "text");

        Assert.Throws<MalformedInputException>(() => new DocumentReader(RecordText.OfField("text"), DocumentRule.Record)
            .Read(SourceFile.Find(_folder["a.txt"])[0]).ToList());
    }

    [Fact]
    public void Read_RuleEndOfText_DividesRecordsToo()
    {
        File.WriteAllText(_folder["a.jsonl"], "{\"text\": \"one\\n<|endoftext|>two\"}\n");

        Assert.Equal(
            ["one", "two"],
            new DocumentReader(RecordText.OfField("text"), DocumentRule.EndOfText)
                .Read(SourceFile.Find(_folder["a.jsonl"])[0]).Select(document => document.Text));
    }

    [Fact]
    public void Read_JsonArrayOverManyBlocks_KnowsEveryLine()
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < 5000; i++)
        {
            text.Append(i == 0 ? "\n" : ",\n").Append(
                CultureInfo.InvariantCulture,
                $"{{\"text\": \"number {i}\", \"more\": [{{}}, \"{new string('x', 40)}\"]}}");
        }

        text.Append("\n]");
        File.WriteAllText(_folder["a.json"], text.ToString());

        var records = DocumentReader.ReadRecords(SourceFile.Find(_folder["a.json"])[0]).ToList();

        Assert.Equal(Enumerable.Range(2, 5000).Select(line => (long)line), records.Select(record => record.Line));
        Assert.Equal("number 4999", records[^1].Record["text"]!.GetValue<string>());
    }

    private static DocumentReader Reader() => new(RecordText.OfField("text"));

    private static List<string> Texts(string path, RecordText text) => [.. SourceFile.Find(path)
        .SelectMany(file => new DocumentReader(text).Read(file)).Select(document => document.Text)];

    private List<string> Read(string name) =>
        [.. Reader().Read(SourceFile.Find(_folder[name])[0]).Select(document => document.Text)];

    private void Pack(string name, string content)
    {
        using var file = File.Create(_folder[name]);
        using Stream packed = name.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionLevel.Fastest)
            : new CompressionStream(file);
        packed.Write(Encoding.UTF8.GetBytes(content));
    }
}
