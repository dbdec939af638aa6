using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Workspaces;

namespace Platform.Datasets.Tests.Preparation;

public sealed class RecordPreparationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Documents_KeepTheirFieldsBesideTheText()
    {
        var fields = JsonNode.Parse("{\"review\": \"Góod\\u2028\", \"label\": 1, \"text\": \"other\"}")!.AsObject();

        var content = DocumentPreparation.Write(
            [new SourceDocument("Góod\u2028 1", fields), new SourceDocument("plain")], new(_folder.Path), Token);

        var file = Assert.Single(content.Files);
        Assert.Equal(("documents-00000.jsonl", 2L), (file.Name, file.Documents));
        Assert.Equal(2, content.DocumentCount);
        var records = JsonLinesFile.ReadAll(_folder[file.Name]);
        Assert.Equal("Góod\u2028 1", records[0].GetProperty("text").GetString());
        Assert.Equal(1, records[0].GetProperty("label").GetInt32());
        Assert.Equal("plain", records[1].GetProperty("text").GetString());
        Assert.Equal(2, File.ReadAllText(_folder[file.Name]).Count(c => c == '\n'));
    }

    [Fact]
    public void Documents_None_SaysSo() =>
        Assert.Throws<EmptyDatasetException>(() => DocumentPreparation.Write([], new(_folder.Path), Token));

    [Fact]
    public void Items_OfTheBundledCorpus_AreHellaSwagsFields()
    {
        var content = ItemPreparation.Write(
            BundledDocuments.Items(new StoryCorpus(1), 50).Select((item, i) => ("corpus", (long)i, item)),
            new(_folder.Path), null,
            Token);

        Assert.Equal(50, content.DocumentCount);
        var items = JsonLinesFile.ReadAll(_folder[DatasetFolder.ItemsFileName]);
        Assert.Equal(
            ["ind", "activity_label", "ctx_a", "ctx_b", "ctx", "endings", "label", "split"],
            items[0].EnumerateObject().Select(property => property.Name).Order(FieldOrder));
        var expected = new StoryCorpus(1).Endings(50).ToList();
        Assert.Equal(expected.Select(item => item.Label), items.Select(item => item.GetProperty("label").GetInt32()));
        Assert.Equal(
            expected[7].Endings, items[7].GetProperty("endings").EnumerateArray().Select(ending => ending.GetString()));
    }

    [Theory]
    [InlineData("{\"endings\": [\"a\", \"b\"], \"label\": 0}", "needs 'ctx'")]
    [InlineData("{\"ctx\": \"c\", \"endings\": [\"a\"], \"label\": 0}", "at least two")]
    [InlineData("{\"ctx\": \"c\", \"endings\": [\"a\", 3], \"label\": 0}", "no text")]
    [InlineData("{\"ctx\": \"c\", \"endings\": [\"a\", \"b\"], \"label\": 2}", "'label'")]
    [InlineData("{\"ctx\": \"c\", \"endings\": [\"a\", \"b\"], \"label\": \"\"}", "'label'")]
    [InlineData("{\"ctx\": \"c\", \"endings\": [\"a\", \"b\"]}", "'label'")]
    public void Items_Malformed_NameFileLineAndReason(string json, string reason)
    {
        var error = Assert.Throws<MalformedInputException>(() => ItemPreparation.Write(
            [("items.jsonl", 4, JsonNode.Parse(json)!.AsObject())], new(_folder.Path), null, Token));

        Assert.StartsWith("items.jsonl, line 4: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_LabelInTextAndContextInParts_AreMadeUniform()
    {
        const string Json = "{\"ctx_a\": \"A.\", \"ctx_b\": \"b\", \"endings\": [\"x\", \"y\"], \"label\": \"1\"}";

        ItemPreparation.Write([("f", 1, JsonNode.Parse(Json)!.AsObject())], new(_folder.Path), null, Token);

        var item = Assert.Single(JsonLinesFile.ReadAll(_folder[DatasetFolder.ItemsFileName]));
        Assert.Equal("A. b", item.GetProperty("ctx").GetString());
        Assert.Equal(JsonValueKind.Number, item.GetProperty("label").ValueKind);
    }

    [Fact]
    public void Items_OfRealHellaSwag_AreAllTaken()
    {
        var source = SourceFile.Find(SharedData.Require("hellaswag/hellaswag_val_orig_700.jsonl"))[0];

        var content = ItemPreparation.Write(
            DocumentReader.ReadRecords(source).Select(record => (source.Name, record.Line, record.Record)),
            new(_folder.Path), null,
            Token);

        Assert.Equal(700, content.DocumentCount);
    }

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Comparer<string> FieldOrder = Comparer<string>.Create((a, b) =>
    {
        string[] order = ["ind", "activity_label", "ctx_a", "ctx_b", "ctx", "endings", "label", "split"];
        return Array.IndexOf(order, a) - Array.IndexOf(order, b);
    });
}
