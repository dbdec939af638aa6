using System.Text.Json;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>The Cli against the live suite, as a user types it.</summary>
public sealed class CliTests(QuickstartFixture fixture) : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("tokenizer", "list")]
    [InlineData("data", "list")]
    [InlineData("run", "list")]
    [InlineData("sweep", "list")]
    [InlineData("eval", "list")]
    [InlineData("model", "list")]
    public async Task List_AfterQuickstart_ShowsWhatItMade(string noun, string verb)
    {
        var table = await fixture.Suite.CliAsync([noun, verb]);
        var json = await fixture.Suite.CliAsync([noun, verb, "--json"]);

        Assert.True(table.ExitCode == 0, table.ToString());
        Assert.Contains(fixture.Id, table.Output, StringComparison.Ordinal);
        var lines = json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task EncodeThenDecode_Text_ComesBack()
    {
        const string Text = "Naïve 👩‍🚀 text, 2 lines\nand more.";

        var encoded = await fixture.Suite.CliAsync(["tokenizer", "encode", fixture.Id, "--text", Text]);
        var ids = encoded.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var decoded = await fixture.Suite.CliAsync(["tokenizer", "decode", fixture.Id, .. ids]);

        Assert.Equal(Text, decoded.Output[..^1]);
    }

    [Fact]
    public async Task Generate_SameSeed_GivesTheSameText()
    {
        string[] arguments =
        [
            "generate", fixture.Id, "--prompt", "Emma had a duck called Patch.", "--max-tokens", "20", "--seed", "7",
        ];

        var first = await fixture.Suite.CliAsync(arguments);
        var second = await fixture.Suite.CliAsync(arguments);

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.StartsWith("Emma had a duck called Patch.", first.Output, StringComparison.Ordinal);
        // Not how much came: a tiny model may end its story at any token.
        Assert.True(first.Output.Trim().Length > "Emma had a duck called Patch.".Length, first.Output);
        Assert.Equal(first.Output, second.Output);
    }

    [Fact]
    public async Task RunCreate_UnknownKey_IsRefusedWithItsLine()
    {
        File.WriteAllText(_folder["spec.yaml"], "dataset: datasets/x\nmodle:\n  n_layer: 1\n");

        var result = await fixture.Suite.CliAsync(["run", "create", _folder["spec.yaml"]]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("spec.yaml:2: Unknown key 'modle'", result.Error, StringComparison.Ordinal);
        Assert.Contains("'model'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunCreate_WrongValues_NamesEveryField()
    {
        var result = await fixture.Suite.CliAsync(
        [
            "run", "create", "--dataset", $"{fixture.Id}-stories-tokens", "--set", "batch.micro_batch_size=0",
            "--set", "model.n_embd=10", "--set", "model.n_head=3",
        ]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("spec.batch.micro_batch_size", result.Error, StringComparison.Ordinal);
        Assert.Contains("spec.model.n_head", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataPrepare_UnknownTokenizer_IsNamed()
    {
        var result = await fixture.Suite.CliAsync(
            ["data", "prepare", "-i", $"datasets/{fixture.Id}-stories", "--tokenizer", "never-was"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("never-was", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_TokenizerInUse_IsRefusedAndNamesItsUser()
    {
        var result = await fixture.Suite.CliAsync(["tokenizer", "delete", fixture.Id]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{fixture.Id}-", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SweepExport_Markdown_HasARowForEachTrial()
    {
        var result = await fixture.Suite.CliAsync(["sweep", "export", fixture.Id, "--format", "markdown"]);

        var trials = fixture.Stage("sweep").GetProperty("figures").GetProperty("trials").GetArrayLength();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(trials + 2, result.Output.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task SweepFigures_BothFormats_AreFilesOfPictures()
    {
        var folder = Directory.CreateTempSubdirectory("figures-");
        try
        {
            var result = await fixture.Suite.CliAsync(["sweep", "figures", fixture.Id, "--output", folder.FullName]);

            Assert.True(result.ExitCode == 0, result.ToString());
            var names = folder.GetFiles("*.svg").Select(file => Path.GetFileNameWithoutExtension(file.Name)).ToList();
            Assert.Superset(
                new HashSet<string>(["objective", "final-loss", "parameters", "alpha-loss", "parallel"]),
                names.ToHashSet());
            foreach (var name in names)
            {
                var png = await File.ReadAllBytesAsync(
                    Path.Combine(folder.FullName, $"{name}.png"), TestContext.Current.CancellationToken);
                Assert.Equal("PNG"u8, png.AsSpan(1, 3));
                var svg = await File.ReadAllTextAsync(
                    Path.Combine(folder.FullName, $"{name}.svg"), TestContext.Current.CancellationToken);
                Assert.StartsWith("<svg", svg, StringComparison.Ordinal);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("hf", "model.safetensors")]
    [InlineData("gguf", "model.gguf")]
    [InlineData("llmc", "model.bin")]
    public async Task ModelExport_Format_WritesItsFiles(string format, string file)
    {
        var id = $"{format}-{Guid.NewGuid().ToString("N")[..6]}";

        var result = await fixture.Suite.CliAsync(["model", "export", fixture.Id, "--format", format, "--id", id]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains(file, result.Output, StringComparison.Ordinal);
        Assert.True(new FileInfo(Path.Combine(fixture.Suite.DataRoot, "exports", id, file)).Length > 100_000);
    }

    [Fact]
    public async Task SweepWinner_ExportedMergedServedAndEvaluated_IsUsable()
    {
        var result = await fixture.Suite.CliAsync(
        [
            "sweep", "winner", fixture.Id, "--dataset", $"{fixture.Id}-reviews-tokens",
            "--export", "--merge", "--serve",
            "--evaluate", $"datasets/{fixture.Id}-endings",
        ]);
        var told = await fixture.Suite.CliAsync(
            ["sweep", "winner", fixture.Id, "--dataset", $"{fixture.Id}-reviews-tokens", "--json"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        using var winner = JsonDocument.Parse(told.Output);
        var model = winner.RootElement.GetProperty("model").GetString()!;
        Assert.StartsWith($"runs/{fixture.Id}-", model, StringComparison.Ordinal);
        Assert.StartsWith(model + ":", result.Output, StringComparison.Ordinal);
        foreach (var file in (string[])["adapter_model.safetensors", "model.safetensors"])
            Assert.Contains(file, result.Output, StringComparison.Ordinal);
        Assert.Contains("acc_norm", result.Output, StringComparison.Ordinal);
        var served = await fixture.Suite.CliAsync(["generate", model, "--prompt", "Emma", "--max-tokens", "3"]);
        Assert.True(served.ExitCode == 0, served.ToString());
    }

    [Fact]
    public async Task CountAndEncodeStream_File_HaveTheTokensOfEncode()
    {
        var text = string.Concat(Enumerable.Repeat("Emma had a duck called Patch 👩‍🚀.\n", 5000));
        File.WriteAllText(_folder["long.txt"], text);

        var counted = await fixture.Suite.CliAsync(["tokenizer", "count", fixture.Id, _folder["long.txt"], "--json"]);
        var streamed = await fixture.Suite.CliAsync(["tokenizer", "encode-stream", fixture.Id, _folder["long.txt"]]);
        var missing = await fixture.Suite.CliAsync(["tokenizer", "encode-stream", fixture.Id, _folder["none.txt"]]);

        Assert.True(counted.ExitCode == 0, counted.ToString());
        Assert.True(streamed.ExitCode == 0, streamed.ToString());
        var ids = streamed.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var decoded = await fixture.Suite.CliAsync(["tokenizer", "decode", fixture.Id, .. ids.Take(200)]);
        Assert.StartsWith(decoded.Output.TrimEnd('\n', '\uFFFD'), text, StringComparison.Ordinal);
        Assert.Contains($"\"{ids.Length}\"", counted.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, missing.ExitCode);
        Assert.Contains("There is no file", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnText_FromFileToRun_IsTrainedOn()
    {
        File.WriteAllText(
            _folder["mine.txt"],
            string.Concat(Enumerable.Range(0, 4000).Select(i => $"Line {i % 7} of my own text.\n")));
        var name = "own-" + Guid.NewGuid().ToString("N")[..6];

        var tokenizer = await fixture.Suite.CliAsync(
            ["tokenizer", "train", "-i", _folder["mine.txt"], "--characters", "--id", name]);
        var data = await fixture.Suite.CliAsync(
        [
            "data", "prepare", "-i", _folder["mine.txt"], "--tokenizer", name, "--id", name,
            "--set", "validation_share=0.1", "--set", "validation_split=tail",
        ]);
        File.WriteAllText(_folder["spec.yaml"], $$"""
            dataset: datasets/{{name}}
            max_steps: 30
            model: { n_layer: 1, n_head: 1, n_embd: 16, block_size: 32, vocab_multiple: 1 }
            batch: { micro_batch_size: 4 }
            """);
        var run = await fixture.Suite.CliAsync(["run", "create", _folder["spec.yaml"], "--id", name]);

        Assert.True(tokenizer.ExitCode == 0, tokenizer.ToString());
        Assert.True(data.ExitCode == 0, data.ToString());
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains($"runs/{name}: 30 steps", run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
