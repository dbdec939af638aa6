using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.Workspace.Tests;

public sealed class JsonLinesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Append_TwoWritersInTurn_KeepEveryLineInOrder()
    {
        // Guards: FileMode.Append without O_APPEND lets a second writer overwrite the first one's lines.
        var path = _folder["events.jsonl"];
        using var first = new JsonLinesWriter(path);
        using var second = new JsonLinesWriter(path);

        for (var i = 0; i < 100; i++)
            (i % 2 == 0 ? first : second).Append(new JsonObject { ["i"] = i });

        var values = JsonLinesFile.ReadAll(path).Select(record => record.GetProperty("i").GetInt32());
        Assert.Equal(Enumerable.Range(0, 100), values);
    }

    [Fact]
    public void Append_AfterATornLine_StartsALineOfItsOwn()
    {
        var path = _folder["metrics.jsonl"];
        File.WriteAllText(path, "{\"step\":1}\n{\"step\":2,\"lo");

        using (var writer = new JsonLinesWriter(path))
            writer.Append(new JsonObject { ["step"] = 3 });

        var steps = JsonLinesFile.ReadAll(path).Select(record => record.GetProperty("step").GetInt32());
        Assert.Equal([1, 3], steps);
    }

    [Fact]
    public void Append_NumberThatIsNotFinite_IsWrittenByName()
    {
        var path = _folder["metrics.jsonl"];

        using (var writer = new JsonLinesWriter(path))
            writer.Append(new Point(double.NaN));

        Assert.Equal("{\"train_loss\":\"NaN\"}\n", File.ReadAllText(path));
    }

    [Fact]
    public void ReadNew_FileGrowsInTheMiddleOfALine_HandsOutEachLineOnce()
    {
        var path = _folder["log.txt"];
        File.WriteAllText(path, "one\ntw");
        var reader = new LineReader(path);
        var lines = new List<string>();
        void Collect(ReadOnlySpan<byte> line) => lines.Add(System.Text.Encoding.UTF8.GetString(line));

        reader.ReadNew(Collect);
        File.AppendAllText(path, "o\nthree\n");
        reader.ReadNew(Collect);
        reader.ReadNew(Collect);

        Assert.Equal(["one", "two", "three"], lines);
        Assert.Equal(3, reader.LineCount);
        Assert.Equal(new FileInfo(path).Length, reader.Position);
    }

    [Fact]
    public void ReadNew_LineLongerThanTheBuffer_IsWhole()
    {
        var path = _folder["long.jsonl"];
        var text = new string('x', 300_000);
        File.WriteAllText(path, text + "\nend\n");
        var lengths = new List<int>();

        new LineReader(path).ReadNew(line => lengths.Add(line.Length));

        Assert.Equal([300_000, 3], lengths);
    }

    [Fact]
    public void ReadNew_LimitedLines_GoesOnWhereItStopped()
    {
        var path = _folder["many.txt"];
        File.WriteAllLines(path, Enumerable.Range(0, 10).Select(i => $"{i}"));
        var reader = new LineReader(path);
        var lines = new List<string>();
        void Collect(ReadOnlySpan<byte> line) => lines.Add(System.Text.Encoding.UTF8.GetString(line));

        Assert.Equal(3, reader.ReadNew(Collect, maxLines: 3));
        Assert.Equal(7, reader.ReadNew(Collect));

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), lines);
    }

    [Fact]
    public void ReadNew_FileWasCut_Throws()
    {
        var path = _folder["cut.txt"];
        File.WriteAllText(path, "one\ntwo\n");
        var reader = new LineReader(path);
        reader.ReadNew(_ => { });
        File.WriteAllText(path, "one\n");

        Assert.Throws<InvalidDataException>(() => reader.ReadNew(_ => { }));
    }

    [Theory]
    [InlineData("{\"a\":1}", true)]
    [InlineData("{\"a\":1} ", true)]
    [InlineData("{\"a\":1}{\"b\":2}", false)]
    [InlineData("[1]", false)]
    [InlineData("{\"a\":", false)]
    [InlineData("", false)]
    public void TryParse_Line_TakesWholeObjectsOnly(string line, bool expected) =>
        Assert.Equal(expected, JsonLinesFile.TryParse(System.Text.Encoding.UTF8.GetBytes(line)) is not null);

    public void Dispose() => _folder.Dispose();

    private sealed record Point(double TrainLoss);
}
