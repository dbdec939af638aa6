using System.IO.Compression;
using System.Text;
using Platform.Datasets.Readers;

namespace Platform.Datasets.Tests.Readers;

public sealed class DocumentReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Read_TextFile_SplitsAtTheSeparatorAndKeepsAllElse()
    {
        Assert.Equal(
            ["one\r\ntwo", "three\n\nfour"],
            Texts("a.txt", "one\r\ntwo\n<|endoftext|>\n\nthree\n\nfour\n<|endoftext|><|endoftext|>"));
        Assert.Equal(["a", "b", "c "], Texts("b.md", "a<|endoftext|>b<|endoftext|>c "));
        Assert.Equal(["\n\nstart and end\n"], Texts("c.txt", "\n\nstart and end\n"));
    }

    [Fact]
    public void Read_RuleLine_GivesLinesWithoutEmptyOnes() => Assert.Equal(
        ["one", " two", "three\u2028still three"],
        Texts("a.txt", "one\r\n\n two\n   \nthree\u2028still three", rule: DocumentRule.Line));

    [Fact]
    public void Read_RuleFile_GivesTheWholeFile() =>
        Assert.Equal(["a<|endoftext|>b\n"], Texts("a.txt", "a<|endoftext|>b\n", rule: DocumentRule.File));

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.jsonl")]
    [InlineData("a.json")]
    [InlineData("a.csv")]
    public void Read_EmptyFile_GivesNothing(string name) =>
        Assert.Empty(Texts(name, name == "a.json" ? "[]" : string.Empty));

    [Theory]
    [InlineData("a.txt", "héllo")]
    [InlineData("a.jsonl", "{\"text\": \"héllo\"}\n")]
    [InlineData("a.json", "[{\"text\": \"héllo\"}]")]
    [InlineData("a.csv", "text\nhéllo\n")]
    public void Read_ByteOrderMark_IsNoText(string name, string content)
    {
        File.WriteAllBytes(_folder[name], [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(content)]);

        Assert.Equal(["héllo"], Read(name));
    }

    [Fact]
    public void Read_JsonLines_KeepsFieldsAndPassesOverEmptyLines()
    {
        File.WriteAllText(
            _folder["a.jsonl"],
            "{\"text\": \"one\\u2028\u2028two\", \"label\": 1}\r\n\n{\"text\": \"\"}\n{\"text\":\"x\"}");

        var documents = Reader().Read(SourceFile.Find(_folder["a.jsonl"])[0]).ToList();

        Assert.Equal(["one\u2028\u2028two", "x"], documents.Select(document => document.Text));
        Assert.Equal(1, documents[0].Fields!["label"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": oops}\n", 2, "no valid JSON")]
    [InlineData("{\"text\": \"a\"}\n\n[1]\n", 3, "no JSON object")]
    [InlineData("{\"text\": \"a\"}\n{\"label\": 1, \"b\": 2}\n", 2, "no field 'text' (there are: label, b)")]
    [InlineData("{\"text\": null}\n", 1, "is null")]
    [InlineData("{\"text\": [\"a\"]}\n", 1, "is no text")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}\n", 1, "twice")]
    [InlineData("{\"text\": \"\\ud800\"}\n", 1, "not valid Unicode")]
    [InlineData("{\"text\": \"a\"", 1, "no valid JSON")]
    public void Read_MalformedJsonLine_NamesFileLineAndReason(string content, int line, string reason)
    {
        var error = Assert.Throws<MalformedInputException>(() => Texts("bad.jsonl", content));

        Assert.Equal(line, error.Line);
        Assert.StartsWith($"bad.jsonl, line {line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad.txt")]
    [InlineData("bad.jsonl")]
    [InlineData("bad.csv")]
    public void Read_InvalidUtf8_NamesTheLine(string name)
    {
        File.WriteAllBytes(_folder[name], [.. "text\n"u8, .. "ok\n"u8, (byte)'a', 0xFF, (byte)'\n']);
        if (name == "bad.jsonl")
            File.WriteAllBytes(_folder[name], [.. "{\"text\": \"a\"}\n\n"u8, .. "{\"text\": \""u8, 0xC3, .. "\"}\n"u8]);

        var error = Assert.Throws<MalformedInputException>(() => Read(name));
        Assert.Equal(3, error.Line);
        Assert.Contains("not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Utf16_SaysSo()
    {
        File.WriteAllText(_folder["a.txt"], "hello", Encoding.Unicode);

        Assert.Contains(
            "UTF-16",
            Assert.Throws<MalformedInputException>(() => Read("a.txt")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_JsonArray_GivesEachElement() =>
        Assert.Equal(["a", "b"], Texts("a.json", "[{\"text\": \"a\"},\n {\"text\": \"b\", \"n\": 2}]"));

    [Theory]
    [InlineData("{\"text\": \"a\"}", 1, "no valid array of objects")]
    [InlineData("[{\"text\": \"a\"},\n 3]", 2, "no JSON object")]
    [InlineData("[{\"text\": \"a\"},\n {\"text\": ]", 2, "no valid array")]
    [InlineData("[{\"text\": \"a\"}", 1, "no valid array")]
    public void Read_MalformedJsonArray_NamesTheLine(string content, int line, string reason)
    {
        var error = Assert.Throws<MalformedInputException>(() => Texts("bad.json", content));

        Assert.Equal(line, error.Line);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Csv_KnowsQuotesAndLinesInThem() => Assert.Equal(
        ["a, \"b\"\r\nc", "plain", "", "last"],
        Texts("a.csv", "id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,plain\r\n\r\n3,\n4,last", "{id}|{text}")
            .Select(text => text[2..]));

    [Fact]
    public void Read_Tsv_SeparatesAtTabs() => Assert.Equal(["a, b|1"], Texts("a.tsv", "x\ty\na, b\t1\n", "{x}|{y}"));

    [Theory]
    [InlineData("text,b\n1,2\n1,2,3\n", 3, "3 fields where the header has 2")]
    [InlineData("text,b\n\"1,2\n", 2, "does not end")]
    [InlineData("text,b\n\"1\"x,2\n", 2, "follows a closing quote")]
    [InlineData("text,text\n", 1, "twice")]
    public void Read_MalformedCsv_NamesFileLineAndReason(string content, int line, string reason)
    {
        var error = Assert.Throws<MalformedInputException>(() => Texts("bad.csv", content));

        Assert.Equal(line, error.Line);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Gzip_UnpacksAndCountsTheDisksBytes()
    {
        using (var file = new GZipStream(File.Create(_folder["a.jsonl.gz"]), CompressionLevel.Fastest))
            file.Write("{\"text\": \"packed\"}\n"u8);
        var source = Assert.Single(SourceFile.Find(_folder["a.jsonl.gz"]));
        var read = 0L;

        Assert.Equal(["packed"], Reader().Read(source, bytes => read += bytes).Select(document => document.Text));
        Assert.Equal(source.SizeBytes, read);
    }

    [Fact]
    public void Read_DamagedGzip_SaysSo()
    {
        File.WriteAllText(_folder["a.txt.gz"], "this is not compressed at all");

        Assert.Contains(
            "damaged",
            Assert.Throws<MalformedInputException>(() => Read("a.txt.gz")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Folder_GivesReadableFilesInOrder()
    {
        Directory.CreateDirectory(_folder["b"]);
        foreach (var name in new[] { "z.txt", "b/y.jsonl.gz", "a.csv", "no.bin", ".hidden.txt" })
            File.WriteAllText(_folder[name], "x");
        // Guards against walking in circles.
        Directory.CreateSymbolicLink(_folder["b/circle"], _folder.Path);

        Assert.Equal(["a.csv", "b/y.jsonl.gz", "z.txt"], SourceFile.Find(_folder.Path).Select(file => file.Name));
    }

    [Fact]
    public void Find_NothingReadable_SaysWhatIsWanted()
    {
        File.WriteAllText(_folder["no.bin"], "x");

        Assert.Throws<MalformedInputException>(() => SourceFile.Find(_folder.Path));
        Assert.Contains(
            ".jsonl",
            Assert.Throws<MalformedInputException>(() => SourceFile.Find(_folder["no.bin"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AlpacaTemplate_IsStanfordsPromptWithTheResponseBehindIt()
    {
        var texts = Texts(
            "a.json",
            "[{\"instruction\": \"Add.\", \"input\": \"1 {output}\", \"output\": \"2\"},"
                + "{\"instruction\": \"Sing.\", \"input\": \"\", \"output\": \"La\"}]",
            PromptStyle.Stanford.Name);

        Assert.Equal(
            "Below is an instruction that describes a task, paired with an input that provides further context. Write "
            + "a response that appropriately completes the request.\n\n### Instruction:\nAdd.\n\n### Input:\n1 {output}"
            + "\n\n### Response:2",
            texts[0]);
        Assert.Equal(
            "Below is an instruction that describes a task. Write a response that appropriately completes the "
            + "request.\n\n### Instruction:\nSing.\n\n### Response:La",
            texts[1]);
    }

    [Fact]
    public void OfTemplate_WithoutFields_IsRefused() =>
        Assert.Throws<FormatException>(() => RecordText.OfTemplate("no field"));

    [Fact]
    public void Read_LineLongerThanTheBuffer_ComesWhole()
    {
        var text = new string('x', 300_000) + "é" + new string('y', 300_000);

        Assert.Equal([text, "z"], Texts("a.txt", text + "\nz", rule: DocumentRule.Line));
    }

    [Fact]
    public void Read_RealSamples_AreReadWhole()
    {
        var reviews = new DocumentReader(RecordText.OfTemplate("{review} {sentiment}"))
            .Read(SourceFile.Find(SharedData.Require("imdb/imdb_kaggle_style_500.csv"))[0]).ToList();
        var instructions = new DocumentReader(RecordText.OfTemplate(PromptStyle.Stanford.Name))
            .Read(SourceFile.Find(SharedData.Require("alpaca/alpaca_data_1k.json"))[0]).ToList();

        Assert.Equal(500, reviews.Count);
        Assert.All(reviews, review => Assert.Matches("(positive|negative)$", review.Text));
        Assert.Equal(1_000, instructions.Count);
    }

    public void Dispose() => _folder.Dispose();

    private static DocumentReader Reader(string? template = null, DocumentRule rule = DocumentRule.ByType) =>
        new(template is null ? RecordText.OfField("text") : RecordText.OfTemplate(template), rule);

    private List<string> Read(string name) =>
        [.. Reader().Read(SourceFile.Find(_folder[name])[0]).Select(document => document.Text)];

    private List<string> Texts(
        string name, string content, string? template = null, DocumentRule rule = DocumentRule.ByType)
    {
        File.WriteAllText(_folder[name], content);
        return [.. Reader(template, rule).Read(SourceFile.Find(_folder[name])[0]).Select(document => document.Text)];
    }
}
