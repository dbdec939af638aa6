using Platform.Evals;

namespace Platform.Evaluation.Tests;

public class HellaSwagFileTests
{
    private const string Good = """{"ctx": "A cat", "endings": ["sleeps.", "flies."], "label": 0}""";

    [Fact]
    public void ReadJsonLines_GoodLine_HasItsFields()
    {
        const string line = """
            {"ind": 7, "activity_label": "Rest", "ctx_a": "A day.", "ctx_b": "a cat", "ctx": "A day. a cat",
             "label": "1", "endings": ["a", "b", "c", "d"]}
            """;

        var entry = Assert.Single(HellaSwagFile.ReadJsonLines([line.ReplaceLineEndings(" ")]));

        Assert.Null(entry.Problem);
        Assert.Equal("Rest", entry.Item!.Activity);
        Assert.Equal("A day. a cat", entry.Item.Context);
        Assert.Equal("A day.", entry.Item.ContextA);
        Assert.Equal("a cat", entry.Item.ContextB);
        Assert.Equal(["a", "b", "c", "d"], entry.Item.Endings);
        Assert.Equal(1, entry.Item.Gold);
    }

    [Theory]
    [InlineData("""{"endings": ["a", "b"], "label": 0}""", "no context")]
    [InlineData("""{"ctx": "x", "label": 0}""", "no endings")]
    [InlineData("""{"ctx": "x", "endings": [], "label": 0}""", "no endings")]
    [InlineData("""{"ctx": "x", "endings": ["a"], "label": 0}""", "only one ending")]
    [InlineData("""{"ctx": "x", "endings": ["a", 3], "label": 0}""", "an ending that is no text")]
    [InlineData("""{"ctx": "x", "endings": ["a", "b"]}""", "no label")]
    [InlineData("""{"ctx": "x", "endings": ["a", "b"], "label": ""}""", "no label")]
    [InlineData("""{"ctx": "x", "endings": ["a", "b"], "label": 2}""", "the label 2 is out of range")]
    [InlineData("""{"ctx": "x", "endings": ["a", "b"], "label": -1}""", "the label -1 is out of range")]
    [InlineData("""{"ctx": "x", "endings": ["a", "b"], "label": 0.5}""", "no whole number")]
    [InlineData("""[1]""", "no JSON object")]
    [InlineData("""{"ctx": """, "item 1 (line 2)")]
    public void ReadJsonLines_BadLine_IsNamedAndTheOthersAreRead(string bad, string problem)
    {
        var entries = HellaSwagFile.ReadJsonLines([Good, bad, "", Good]).ToList();

        Assert.Equal([0, 1, 2], entries.Select(entry => entry.Index));
        Assert.Null(entries[1].Item);
        Assert.Contains(problem, entries[1].Problem, StringComparison.Ordinal);
        Assert.Equal(2, entries[2].Item!.Index);
    }

    [Fact]
    public void Read_TextForm_TakesSixLinesAnItem()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["items.txt"], "Rest: A cat: it\n1\na\nb\nc\nd\nNo colon\n0\ne\nf\ng\nh\nTorn: x\n2\n");

        var entries = HellaSwagFile.Read(folder["items.txt"]).ToList();

        Assert.Equal(3, entries.Count);
        Assert.Equal(("Rest", "A cat: it", 1),
            (entries[0].Item!.Activity, entries[0].Item!.Context, entries[0].Item!.Gold));
        Assert.Null(entries[0].Item!.ContextA);
        Assert.Equal(["e", "f", "g", "h"], entries[1].Item!.Endings);
        Assert.Equal("", entries[1].Item!.Activity);
        Assert.Contains("only 2 of its 6 lines", entries[2].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RealTextForm_HasAllItems()
    {
        var path = SharedData.Require("hellaswag/hellaswag_val_text_2000.txt");

        var entries = HellaSwagFile.Read(path).ToList();

        Assert.Equal(2000, entries.Count);
        Assert.All(entries, entry => Assert.Null(entry.Problem));
        int[] labels = [.. entries.GroupBy(e => e.Item!.Gold).OrderBy(g => g.Key).Select(g => g.Count())];
        Assert.Equal([487, 509, 508, 496], labels);
    }
}
